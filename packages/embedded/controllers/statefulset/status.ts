/** A StatefulSet's status from its pods. Pure. */
import { availableInMs, isAvailable, isReady, isTerminating } from "../objects/pod-state.ts";
import { soonest } from "../objects/time.ts";
import type { Millis, Pod, StatefulSetStatus } from "../objects/types.ts";
import { type OwningSet, REVISION_LABEL, replicasOf } from "./members.ts";

/** The revision a pod was made from; empty when it carries none. */
export function memberRevision(pod: Pod): string {
  return pod.metadata.labels?.[REVISION_LABEL] ?? "";
}

/** Running, ready, and that for `minReadySeconds`. */
export function isMemberAvailable(pod: Pod, minReadySeconds: number, now: Millis): boolean {
  return pod.status?.phase === "Running" && isAvailable(pod, minReadySeconds, now);
}

/** When a ready pod becomes available by time alone. */
export function availabilityDelayMs(set: OwningSet, pods: readonly Pod[], now: Millis): Millis | undefined {
  const minReady = set.spec?.minReadySeconds ?? 0;
  const waiting = pods.filter((pod) => isReady(pod) && !isAvailable(pod, minReady, now));
  return soonest(...waiting.map((pod) => availableInMs(pod, minReady, now)));
}

/** The whole status; `leaving` are uids of pods whose deletion is being asked for. Counts that are zero are absent where Kubernetes leaves them out. */
export function setStatus(
  set: OwningSet,
  {
    pods,
    leaving,
    now,
  }: { readonly pods: readonly Pod[]; readonly leaving: ReadonlySet<string | undefined>; readonly now: Millis },
  revisions: { readonly current: string; readonly update: string },
): StatefulSetStatus {
  const ready = pods.filter((pod) => pod.status?.phase === "Running" && isReady(pod));
  const staying = pods.filter((pod) => !isTerminating(pod) && !leaving.has(pod.metadata.uid));
  const available = ready.filter((pod) => isAvailable(pod, set.spec?.minReadySeconds ?? 0, now));
  const updated = staying.filter((pod) => memberRevision(pod) === revisions.update).length;
  const current = staying.filter((pod) => memberRevision(pod) === revisions.current).length;

  const wanted = replicasOf(set);
  const rolledOut =
    set.spec?.updateStrategy?.type !== "OnDelete" &&
    updated === wanted &&
    ready.length === wanted &&
    pods.length === wanted;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: pods.length,
    availableReplicas: available.length,
    ...(ready.length === 0 ? {} : { readyReplicas: ready.length }),
    ...count("currentReplicas", rolledOut ? updated : current),
    ...count("updatedReplicas", updated),
    currentRevision: rolledOut ? revisions.update : revisions.current,
    updateRevision: revisions.update,
    collisionCount: set.status?.collisionCount ?? 0,
  };
}

function count<K extends string>(name: K, value: number): Partial<Record<K, number>> {
  return value === 0 ? {} : ({ [name]: value } as Record<K, number>);
}
