/** activeDeadlineSeconds: the time that a pod may take in all. */

import type { Live, Pod } from "@keelson/kube";
import { hasFinished } from "./plan.ts";
import type { PodState } from "./state.ts";

/** When the pod's time is over, in milliseconds since the epoch; undefined when it has no limit or has ended, also by itself. */
export function activeDeadline(pod: Live<Pod>, state: PodState): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  if (seconds === undefined || state.ended !== undefined || hasFinished(pod, state)) return undefined;
  return Date.parse(state.startTime) + seconds * 1000;
}

/** What the kubelet says of a pod whose time was over. */
export const DEADLINE_EXCEEDED = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};
