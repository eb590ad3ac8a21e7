/** Which pods of a set go first when there are too many. Pure. */
import { isReady, podCondition, restartCount } from "../objects/pod-state.ts";
import { millisOf } from "../objects/time.ts";
import type { Pod } from "../objects/types.ts";

const COST = "controller.kubernetes.io/pod-deletion-cost";
const PHASES = ["Pending", "Unknown", "Running"];

/**
 * The first `count` pods to delete: unscheduled before scheduled, pending before running, unready before ready, cheaper
 * (by annotation) before dearer, crowded nodes before others, and then the most recently ready, most often restarted and newest.
 */
export function chooseVictims(pods: readonly Pod[], count: number): readonly Pod[] {
  const onNode = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName ?? "";
    onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  const crowd = (pod: Pod) => onNode.get(pod.spec?.nodeName ?? "") ?? 0;
  const keys: readonly ((pod: Pod) => number)[] = [
    (pod) => (pod.spec?.nodeName === undefined ? 0 : 1),
    (pod) => PHASES.indexOf(pod.status?.phase ?? "Pending"),
    (pod) => (isReady(pod) ? 1 : 0),
    (pod) => Number(pod.metadata.annotations?.[COST] ?? 0) || 0,
    (pod) => -crowd(pod),
    (pod) => -(isReady(pod) ? (millisOf(podCondition(pod, "Ready")?.lastTransitionTime ?? undefined) ?? 0) : 0),
    (pod) => -restartCount(pod),
    (pod) => -(millisOf(pod.metadata.creationTimestamp) ?? 0),
  ];
  const compare = (a: Pod, b: Pod): number => {
    for (const key of keys) {
      const difference = key(a) - key(b);
      if (difference !== 0) return difference;
    }
    return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
  };
  return [...pods].sort(compare).slice(0, count);
}
