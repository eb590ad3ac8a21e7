/** The metadata that every generated object shares. */
import type { ObjectMeta, OwnerReference } from "@keelson/kube";
import type { PgCluster } from "./model.ts";

export const API_VERSION = "pgv2.percona.com/v2";

/** The cluster as owner: what names it goes away with it. */
export function ownerOf(c: PgCluster): OwnerReference {
  return {
    apiVersion: API_VERSION,
    kind: "PerconaPGCluster",
    name: c.name,
    uid: c.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Metadata of an object that is deleted with the cluster. */
export function meta(
  c: PgCluster,
  name: string,
  labels: Record<string, string>,
  annotations: Readonly<Record<string, string>> = {},
): ObjectMeta {
  return { ...unowned(c, name, labels, annotations), ownerReferences: [ownerOf(c)] };
}

/** Metadata of an object that outlives the cluster: volumes and passwords. */
export function unowned(
  c: PgCluster,
  name: string,
  labels: Record<string, string>,
  annotations: Readonly<Record<string, string>> = {},
): ObjectMeta {
  const all = { ...c.metadata.annotations, ...annotations };
  return {
    name,
    namespace: c.namespace,
    labels,
    ...(Object.keys(all).length > 0 ? { annotations: all } : {}),
  };
}
