/**
 * The last specification without a problem, kept in a ConfigMap of the cluster. While a newer one is refused, the cluster goes on by this
 * one: certificates are renewed, backups run, instances that fail are replaced.
 */
import type { ConfigMap } from "@keelson/kube";
import type { PerconaPGCluster } from "@keelson/resources";
import { clusterLabels } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import { meta } from "./objects.ts";
import type { View } from "./view.ts";

type Spec = PerconaPGCluster["spec"];

const KEY = "spec.json";
const configMapName = (c: { readonly name: string }): string => `${c.name}-accepted-spec`;

export function acceptedSpecMap(c: PgCluster, spec: Spec): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(c, configMapName(c), clusterLabels(c)),
    data: { [KEY]: JSON.stringify(spec) },
  };
}

/** Undefined when none was accepted so far, or nobody can read it any more. */
export function acceptedSpec(view: View): Spec | undefined {
  const map = view.configMaps.get(configMapName(view.cr.metadata));
  const text = map?.data?.[KEY];
  // One of an earlier cluster of this name goes with its owner, and is nothing to this one.
  const isOurs = map?.metadata.ownerReferences?.some(({ uid }) => uid === view.cr.metadata.uid) === true;
  if (text === undefined || !isOurs) return undefined;
  try {
    return JSON.parse(text) as Spec;
  } catch {
    return undefined;
  }
}
