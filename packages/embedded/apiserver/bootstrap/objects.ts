/** What exists in every cluster from the start: namespaces, default roles, priority classes, the `kubernetes` service. */
import { randomUUID } from "node:crypto";
import type { Platform } from "../platform.ts";
import { equal } from "../schema/index.ts";
import type { AddressRange } from "../services/address-range.ts";
import { storageKey } from "../storage/stored.ts";
import { type KubeObject, objectsAt } from "../types.ts";
import { timestamp } from "../verbs/context.ts";
import { bootstrapRoles } from "./roles.ts";

const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** Where pods reach this server. */
export interface Advertised {
  readonly address: string;
  readonly port: number;
}

export async function ensureBootstrapObjects(
  platform: Platform,
  range: AddressRange,
  advertise: Advertised | undefined,
): Promise<void> {
  const writes: Promise<unknown>[] = namespaces.map((name) => ensure(platform, "namespaces", namespaceObject(name)));
  for (const { collection, object } of bootstrapRoles()) writes.push(ensureAccess(platform, collection, object));
  for (const object of priorityClasses) writes.push(ensure(platform, "scheduling.k8s.io/priorityclasses", object));
  writes.push(ensure(platform, "services", kubernetesService(range)));
  if (advertise !== undefined) {
    writes.push(keep(platform, "endpoints", kubernetesEndpoints(advertise)));
    writes.push(keep(platform, "discovery.k8s.io/endpointslices", kubernetesEndpointSlice(advertise)));
  }
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

/** As `ensure`; an existing role or binding gets what a newer version of ours has more, unless its owner said no. */
async function ensureAccess(platform: Platform, collection: string, object: KubeObject): Promise<void> {
  const { namespace = "", name = "" } = object.metadata;
  const key = storageKey(namespace, name);
  const live = platform.store.latest(collection, key)?.object;
  if (live === undefined) return ensure(platform, collection, object);
  if (live.metadata.annotations?.["rbac.authorization.kubernetes.io/autoupdate"] !== "true") return;
  const updated = { ...live };
  for (const field of ["rules", "subjects"]) {
    if (object[field] === undefined || object["aggregationRule"] !== undefined) continue;
    const present = objectsAt(live, field);
    const missing = objectsAt(object, field).filter((wanted) => !present.some((p) => equal(p, wanted)));
    if (missing.length > 0) updated[field] = [...present, ...missing];
  }
  if (!equal(updated, live)) await platform.store.put(collection, key, updated);
}

/** As `ensure`, and brings an existing one up to date. */
async function keep(platform: Platform, collection: string, object: KubeObject): Promise<void> {
  const { namespace = "", name = "" } = object.metadata;
  const key = storageKey(namespace, name);
  const live = platform.store.latest(collection, key)?.object;
  if (live === undefined) return ensure(platform, collection, object);
  const wanted = {
    ...live,
    ...object,
    metadata: { ...live.metadata, labels: { ...live.metadata.labels, ...object.metadata.labels } },
  };
  if (!equal(wanted, live)) await platform.store.put(collection, key, wanted);
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

function priorityClass(name: string, value: number, description: string): KubeObject {
  return {
    kind: "PriorityClass",
    apiVersion: "scheduling.k8s.io/v1",
    metadata: { name, generation: 1 },
    value,
    preemptionPolicy: "PreemptLowerPriority",
    description,
  };
}

const priorityClasses: readonly KubeObject[] = [
  priorityClass(
    "system-cluster-critical",
    2_000_000_000,
    "For pods that the cluster needs, and that may move from their node.",
  ),
  priorityClass("system-node-critical", 2_000_001_000, "For pods that their node needs."),
];

const serviceLabels = { component: "apiserver", provider: "kubernetes" };

function kubernetesService(range: AddressRange): KubeObject {
  const address = range.at(1);
  return {
    kind: "Service",
    apiVersion: "v1",
    metadata: { name: "kubernetes", namespace: "default", labels: serviceLabels },
    spec: {
      ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: 6443 }],
      clusterIP: address,
      clusterIPs: [address],
      type: "ClusterIP",
      sessionAffinity: "None",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
    },
    status: { loadBalancer: {} },
  };
}

/** The slice is written here too: the mirroring controller must leave both alone. */
const skipMirror = { "endpointslice.kubernetes.io/skip-mirror": "true" };

function kubernetesEndpoints({ address, port }: Advertised): KubeObject {
  return {
    kind: "Endpoints",
    apiVersion: "v1",
    metadata: { name: "kubernetes", namespace: "default", labels: skipMirror },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: "https", port, protocol: "TCP" }] }],
  };
}

function kubernetesEndpointSlice({ address, port }: Advertised): KubeObject {
  return {
    kind: "EndpointSlice",
    apiVersion: "discovery.k8s.io/v1",
    metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: "https", protocol: "TCP", port }],
  };
}
