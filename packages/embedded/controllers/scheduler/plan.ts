/** Where a pod should run. Pure. No preemption: a pod of high priority waits like any other (one machine has no spare nodes to shuffle). */
import type { PersistentVolumeClaim, Pod } from "../objects/types.ts";
import type { ClusterView, NodeView } from "./cluster.ts";
import { nodeFilters, type Reasons } from "./filters.ts";
import { podAffinityAllows } from "./pod-affinity.ts";
import { bestNode } from "./scores.ts";
import { spreadAllows } from "./topology-spread.ts";
import { type PodVolumes, podVolumes, volumesAllow } from "./volumes.ts";

/** The answer for one pod. */
export type Placement =
  /** `waiting` are claims that must be told the node and be bound before the pod is. */
  | { readonly type: "node"; readonly name: string; readonly waiting: readonly PersistentVolumeClaim[] }
  | { readonly type: "none"; readonly message: string };

/** Whether the scheduler is asked about this pod now. */
export function isPending(pod: Pod, schedulerName: string): boolean {
  const phase = pod.status?.phase;
  return (
    (pod.spec?.nodeName === undefined || pod.spec.nodeName === "") &&
    (pod.spec?.schedulerName ?? schedulerName) === schedulerName &&
    (pod.metadata.deletionTimestamp === undefined || pod.metadata.deletionTimestamp === null) &&
    phase !== "Succeeded" &&
    phase !== "Failed"
  );
}

/** Names of the gates that hold the pod back. */
export function schedulingGates(pod: Pod): readonly string[] {
  return (pod.spec?.schedulingGates ?? []).map((gate) => gate.name);
}

/** Pods in the order they get their chance: priority, then age, then name. */
export function inSchedulingOrder(pods: readonly Pod[]): readonly Pod[] {
  const age = (pod: Pod) => pod.metadata.creationTimestamp ?? "";
  const name = (pod: Pod) => `${pod.metadata.namespace}/${pod.metadata.name}`;
  return [...pods].sort((a, b) => {
    const priority = (b.spec?.priority ?? 0) - (a.spec?.priority ?? 0);
    if (priority !== 0) return priority;
    if (age(a) !== age(b)) return age(a) < age(b) ? -1 : 1;
    return name(a) < name(b) ? -1 : 1;
  });
}

/** Chooses the node. */
export function placePod(pod: Pod, cluster: ClusterView): Placement {
  if (cluster.nodes.length === 0) return none("no nodes available to schedule pods");
  const volumes = podVolumes(pod, cluster);
  if (volumes.obstacle !== undefined) {
    return none(`0/${cluster.nodes.length} nodes are available: ${volumes.obstacle}.`);
  }
  const counts = new Map<string, number>();
  const candidates = cluster.nodes.filter((view) => {
    const reasons = objections(pod, volumes, { view, cluster });
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    return reasons.length === 0;
  });
  const best = bestNode(pod, candidates, cluster);
  if (best === undefined) return none(unavailableMessage(cluster.nodes.length, counts));
  return { type: "node", name: best.node.metadata.name ?? "", waiting: volumes.waiting };
}

function objections(
  pod: Pod,
  volumes: PodVolumes,
  { view, cluster }: { readonly view: NodeView; readonly cluster: ClusterView },
): Reasons {
  for (const filter of nodeFilters) {
    const reasons = filter(pod, view);
    if (reasons.length > 0) return reasons;
  }
  const volumeReasons = volumesAllow(volumes, view, cluster);
  if (volumeReasons.length > 0) return volumeReasons;
  const spreadReasons = spreadAllows(pod, view, cluster);
  return spreadReasons.length > 0 ? spreadReasons : podAffinityAllows(pod, view, cluster);
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
function unavailableMessage(nodes: number, counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${nodes} nodes are available: ${parts.join(", ")}.`;
}

function none(message: string): Placement {
  return { type: "none", message };
}
