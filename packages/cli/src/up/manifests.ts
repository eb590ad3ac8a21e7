import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "@keelson/embedded/cluster";
import { applyIfChanged, Client, type Kind, type KubeObject, kinds, refOf } from "@keelson/kube";
import { parseAllDocuments } from "yaml";
import { repository } from "./supervisor-process.ts";

/** Applies the custom resource definitions and the roles of operator and server; what is there already is brought up to date. */
export async function applyManifests(layout: Layout): Promise<void> {
  const client = await Client.load({ kubeconfig: join(layout.pki, "admin.kubeconfig") });
  try {
    for (const folder of ["deploy/crds", "deploy/roles"]) {
      for (const object of readManifests(join(repository, folder))) {
        const kind = kindOf(object);
        const live = await client.get(kind, refOf(object));
        await applyIfChanged(client, kind, object, { live, fieldManager: "keelson-up" });
      }
    }
  } finally {
    await client.close();
  }
}

/** All objects of the YAML files directly in a folder, in the order of the files' names. */
export function readManifests(folder: string): KubeObject[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .flatMap((name) =>
      parseAllDocuments(readFileSync(join(folder, name), "utf8")).map(
        (document) => document.toJS() as KubeObject | null,
      ),
    )
    .filter((object) => object !== null);
}

function kindOf(object: KubeObject): Kind {
  const found = Object.values<Kind>(kinds).find(
    (kind) => kind.kind === object.kind && kind.apiVersion === object.apiVersion,
  );
  if (found === undefined)
    throw new Error(`deploy/ holds a ${object.apiVersion} ${object.kind}, which 'up' does not know how to apply`);
  return found;
}
