/** Says of a pod whether it is well and, if not, what it waits for. Pure. */
import type { ContainerStatus, Pod } from "@keelson/kube";
import type { Level } from "../api/views.ts";

export interface PodHealth {
  readonly ready: boolean;
  readonly level: Level;
  /** What it waits for or what is wrong; absent when it is well. */
  readonly waitingFor?: string;
  /** What a person can do, when waiting alone will not help. */
  readonly remedy?: string;
  readonly restarts: number;
}

/** Reasons of a waiting container that do not pass by themselves. */
const stuck: Record<string, string> = {
  ImagePullBackOff: "Check the image's name and that the nodes can reach its registry.",
  ErrImagePull: "Check the image's name and that the nodes can reach its registry.",
  ErrImageNeverPull: "The image is not on the node and may not be pulled: build or load it first.",
  InvalidImageName: "Correct the image in the database's manifest.",
  CrashLoopBackOff: "Look at the logs of this pod for the reason it ends.",
  CreateContainerConfigError: "A Secret or ConfigMap that the pod names is missing: see the events.",
  CreateContainerError: "See the events of this pod.",
  RunContainerError: "See the events of this pod.",
};

/** The health of a pod in words. */
export function podHealth(pod: Pod): PodHealth {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const restarts = (pod.status?.containerStatuses ?? []).reduce((sum, status) => sum + status.restartCount, 0);
  if (pod.metadata?.deletionTimestamp !== undefined) {
    return { ready: false, level: "working", waitingFor: "its orderly end", restarts };
  }
  if (pod.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true) {
    return { ready: true, level: "good", restarts };
  }
  const unscheduled = pod.status?.conditions?.find((c) => c.type === "PodScheduled" && c.status === "False");
  if (unscheduled !== undefined) {
    return {
      ready: false,
      level: "bad",
      waitingFor: `a node with room for it${unscheduled.message === undefined ? "" : ` (${unscheduled.message})`}`,
      remedy: "Choose a smaller size or fewer instances, or add a node.",
      restarts,
    };
  }
  if (pod.spec?.nodeName === undefined) return { ready: false, level: "working", waitingFor: "a node", restarts };
  return { ready: false, restarts, ...containerTrouble(statuses) };
}

function containerTrouble(statuses: readonly ContainerStatus[]): Omit<PodHealth, "ready" | "restarts"> {
  for (const status of statuses) {
    const waiting = status.state?.waiting;
    const remedy = waiting?.reason === undefined ? undefined : stuck[waiting.reason];
    if (waiting !== undefined && remedy !== undefined) {
      const ended = status.lastState?.terminated;
      const why =
        ended === undefined
          ? waiting.message
          : `it ended with code ${ended.exitCode}${ended.reason === "OOMKilled" ? ", out of memory" : ""}`;
      return {
        level: "bad",
        waitingFor: `container ${status.name}: ${waiting.reason}${why === undefined ? "" : ` (${why})`}`,
        remedy: ended?.reason === "OOMKilled" ? "Choose a size with more memory." : remedy,
      };
    }
  }
  const starting = statuses.find(
    (status) => status.state?.running === undefined && status.state?.terminated === undefined,
  );
  if (starting !== undefined || statuses.length === 0) {
    const name = starting?.name;
    return {
      level: "working",
      waitingFor: name === undefined ? "its containers to be made" : `container ${name} to start`,
    };
  }
  const unready = statuses.find((status) => !status.ready && status.state?.running !== undefined);
  return {
    level: "working",
    waitingFor: unready === undefined ? "its containers" : `${unready.name} to answer its readiness check`,
  };
}
