/** What a pod's status says. */
import { millisOf } from "./time.ts";
import type { Millis, Pod, PodCondition } from "./types.ts";

/** The pod's condition of this type. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether the Ready condition is true. */
export function isReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: Millis): boolean {
  return isReady(pod) && availableInMs(pod, minReadySeconds, now) === 0;
}

/** How long until a ready pod counts as available; 0 when it does. Meaningless for a pod that is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, now: Millis): Millis {
  if (minReadySeconds <= 0) return 0;
  const since = millisOf(podCondition(pod, "Ready")?.lastTransitionTime ?? undefined);
  return since === undefined ? minReadySeconds * 1000 : Math.max(0, since + minReadySeconds * 1000 - now);
}

/** Whether deletion was asked for. */
export function isTerminating(object: Pick<Pod, "metadata">): boolean {
  return object.metadata.deletionTimestamp !== undefined && object.metadata.deletionTimestamp !== null;
}

/** Whether its containers have ended for good. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Neither ended nor ending: what a controller counts as one of its replicas. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && !isTerminating(pod);
}

/** Restarts of all containers together. */
export function restartCount(pod: Pod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, status) => sum + (status.restartCount ?? 0), 0);
}
