/** Keeps the pods of a cluster apart where there is a choice, and never refuses to start one for it. Pure. */
import type { PodSpec } from "@keelson/kube";
import { label } from "./labels.ts";
import type { PgCluster, PodKnobs } from "./model.ts";

type Placement = Pick<PodSpec, "affinity" | "topologySpreadConstraints">;

/**
 * The user's own wishes, and after them: pods with the same data on machines of their own, and in zones of their own. Zones are asked
 * for by an anti-affinity, because kube-scheduler leaves a node that lacks the label of any spread constraint out of all of them, and
 * nodes outside of clouds have no zone. Its weight is the smallest there is: what the user prefers goes before.
 */
export function spread(c: PgCluster, { affinity, topologySpreadConstraints }: PodKnobs, data?: string): Placement {
  const own = [...((topologySpreadConstraints ?? []) as never[])];
  const wished = affinity as Placement["affinity"];
  if (data === undefined) {
    return { ...(wished === undefined ? {} : { affinity: wished }), topologySpreadConstraints: own };
  }
  const labelSelector = { matchLabels: { [label.cluster]: c.name, [label.data]: data } };
  const machines = { maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" };
  const zones = { weight: 1, podAffinityTerm: { topologyKey: "topology.kubernetes.io/zone", labelSelector } };
  const apart = wished?.podAntiAffinity;
  const preferred = apart?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    affinity: {
      ...wished,
      podAntiAffinity: { ...apart, preferredDuringSchedulingIgnoredDuringExecution: [...preferred, zones] },
    },
    topologySpreadConstraints: [...own, { ...machines, labelSelector }],
  };
}
