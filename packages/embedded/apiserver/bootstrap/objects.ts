/** What exists in every cluster from the start: namespaces, default roles, the `kubernetes` service. */
import { randomUUID } from "node:crypto";
import type { Platform } from "../platform.ts";
import { storageKey } from "../storage/stored.ts";
import type { KubeObject } from "../types.ts";
import { timestamp } from "../verbs/context.ts";
import { bootstrapRoles } from "./roles.ts";

const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

export async function ensureBootstrapObjects(
  platform: Platform,
  advertise: { readonly address: string; readonly port: number } | undefined,
): Promise<void> {
  const writes: Promise<unknown>[] = namespaces.map((name) => ensure(platform, "namespaces", namespaceObject(name)));
  for (const { collection, object } of bootstrapRoles()) writes.push(ensure(platform, collection, object));
  void advertise;
  await Promise.all(writes);
}

/** Creates an object unless there is one of its name. */
async function ensure(platform: Platform, collection: string, object: KubeObject): Promise<void> {
  const { namespace = "", name = "" } = object.metadata;
  const key = storageKey(namespace, name);
  if (platform.store.latest(collection, key) !== undefined) return;
  const metadata = { ...object.metadata, uid: randomUUID(), creationTimestamp: timestamp(platform.now()) };
  await platform.store.put(collection, key, { ...object, metadata });
}

function namespaceObject(name: string): KubeObject {
  return {
    kind: "Namespace",
    apiVersion: "v1",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  };
}
