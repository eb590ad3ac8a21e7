/** What the kubelet shows while a container waits after a failure, and the event that goes with it. */

import type { EventInput, Live, Pod } from "@keelson/kube";
import type { ContainerState } from "./state.ts";
import { crashLoop } from "./status.ts";

/** Turns the reason of a failure in the container's state into that of waiting. Undefined when that has been said already. */
export function noteBackoff(pod: Live<Pod>, container: ContainerState, image: string): EventInput | undefined {
  const { name, pullBackoff, waiting, backoff } = container;
  if (pullBackoff !== undefined) {
    if (waiting?.reason !== "ErrImagePull") return undefined;
    const message = `Back-off pulling image "${image}"`;
    container.waiting = {
      reason: "ImagePullBackOff",
      message: `${message}: ErrImagePull: ${waiting.message ?? ""}`,
    };
    return { type: "Normal", reason: "BackOff", message };
  }
  if (waiting?.reason === "CrashLoopBackOff" || backoff === undefined) return undefined;
  container.waiting = crashLoop(pod, name, backoff.delayMs);
  const { name: podName, namespace, uid } = pod.metadata;
  return {
    type: "Warning",
    reason: "BackOff",
    message: `Back-off restarting failed container ${name} in pod ${podName}_${namespace}(${uid})`,
  };
}
