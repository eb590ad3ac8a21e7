/** Failover on certainty: frees the leader lock of an instance that is known to have ended. */
import type { Live, Pod } from "@keelson/kube";
import { failoverEndpoints, haService, instanceOfPod } from "../cluster/names.ts";
import { instancesOf, leaderLock, type View } from "../cluster/view.ts";
import { act, nothing, type Plan } from "../plan.ts";

/** The container that PostgreSQL runs in. */
const CONTAINER = "database";

export type Ending = "PodGone" | "PodReplaced" | "ContainerTerminated" | "PodFailed";

/**
 * Why the holder of the lock cannot be running any more, or undefined when that is not certain.
 *
 * Safety: a container that the kubelet reports as terminated has no process left, and a new one starts as a replica until it gets the
 * lock again. A pod that is gone was either ended by its kubelet, or removed by force, which by Kubernetes' own rules says that the
 * machine is known to be dead; `nodeReady` tells the case in which the kubelet is alive and ends it. In all other cases the lock's own
 * time limit decides. Even if all of that were wrong, the old primary sees the change of the lock and stops, and with synchronous
 * replication it cannot acknowledge a commit without the others.
 */
export function endingOf(pod: Live<Pod> | undefined, acquiredAt: number): Ending | undefined {
  if (pod === undefined) return "PodGone";
  if (pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded") return "PodFailed";
  const container = pod.status?.containerStatuses?.find((status) => status.name === CONTAINER);
  if (container?.state?.terminated !== undefined) return "ContainerTerminated";
  const created = Date.parse(pod.metadata.creationTimestamp);
  // A pod of this name that is younger than the lock is another life. Times are whole seconds, so equal says nothing.
  if (acquiredAt > 0 && created > acquiredAt + 1_000 && container?.state?.running === undefined) return "PodReplaced";
  const ended = Date.parse(container?.lastState?.terminated?.finishedAt ?? "");
  if (container?.state?.running === undefined && ended >= acquiredAt) return "ContainerTerminated";
  return undefined;
}

/** Instances that could take over: running, ready, and not the holder. */
function candidates(view: View, holder: string): number {
  return instancesOf(view).filter((i) => i.ready && i.member.state === "running" && i.pod?.metadata.name !== holder)
    .length;
}

/**
 * Frees the lock so that a replica takes over at once instead of after the time limit. Does nothing while no other instance could
 * take over: then the old primary is the quickest to be back.
 */
export function planFailover(view: View): Plan & { readonly ending?: Ending; readonly holder?: string } {
  const lock = leaderLock(view);
  if (lock.pod === undefined || lock.resourceVersion === undefined) return nothing;
  const ending = endingOf(view.pods.get(lock.pod), lock.acquiredAt);
  if (ending === undefined || candidates(view, lock.pod) === 0) return nothing;
  return {
    ...act(
      {
        type: "annotate",
        kind: "Endpoints",
        name: haService(view.cr.metadata),
        annotations: { leader: null },
        resourceVersion: lock.resourceVersion,
      },
      {
        type: "event",
        severity: "Warning",
        reason: "FailoverStarted",
        message: `Instance ${instanceOfPod(lock.pod)} has ended (${ending}); its leader lock is free for a replica.`,
      },
    ),
    ending,
    holder: lock.pod,
  };
}

/** The name of the object in which Patroni finds a request to move the leader. */
export const switchoverRequest = failoverEndpoints;
