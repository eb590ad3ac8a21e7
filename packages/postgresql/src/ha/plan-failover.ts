/** Failover on certainty: frees the leader lock of an instance that has ended. */
import type { Live, Pod } from "@keelson/kube";
import { haService, instanceOfPod, instancePod, syncEndpoints } from "../cluster/names.ts";
import { instancesOf, leaderLock, synchronousMembers, type View } from "../cluster/view.ts";
import { act, nothing, type Plan } from "../plan.ts";

/** The container that PostgreSQL runs in. */
const CONTAINER = "database";

export type Ending = "PodGone" | "PodReplaced" | "ContainerTerminated";

/** What is to be done, and of whom it is known how it has ended. */
export type FailoverPlan = Plan & { readonly ending?: Ending; readonly holder?: string };

/**
 * How the holder of the lock has ended, or undefined when that is not known.
 *
 * `ContainerTerminated` is certain: the kubelet has seen the end of every process. `PodGone` and `PodReplaced` mean that the pod's
 * object was removed; the kubelet of a machine that is alive ends the processes within two seconds of it, which are waited for, but
 * of a machine that cannot be reached it says nothing. Neither does the phase `Failed`: Kubernetes itself writes it for a pod whose
 * Node object has been deleted, whatever runs there.
 */
export function endingOf(pod: Live<Pod> | undefined, acquiredAt: number): Ending | undefined {
  if (pod === undefined) return "PodGone";
  const container = pod.status?.containerStatuses?.find((status) => status.name === CONTAINER);
  if (container?.state?.terminated !== undefined) return "ContainerTerminated";
  if (container?.state?.running !== undefined) return undefined;
  const created = Date.parse(pod.metadata.creationTimestamp);
  // A pod of this name that is younger than the lock is another life. Times are whole seconds, so equal says nothing.
  if (acquiredAt > 0 && created > acquiredAt + 1_000) return "PodReplaced";
  const ended = Date.parse(container?.lastState?.terminated?.finishedAt ?? "");
  return ended >= acquiredAt ? "ContainerTerminated" : undefined;
}

/** Names of the pods that may take over from this leader with all that it has acknowledged; none while replication is asynchronous. */
function successors(view: View, holder: string): readonly string[] {
  const leader = view.endpoints.get(syncEndpoints(view.cr.metadata))?.metadata.annotations?.["leader"];
  if (leader !== holder) return [];
  const synchronous = synchronousMembers(view) ?? [];
  return instancesOf(view)
    .filter((i) => i.ready && i.member.state === "running")
    .map((i) => instancePod(i.name))
    .filter((pod) => pod !== holder && synchronous.includes(pod));
}

/**
 * Frees the lock so that a replica takes over at once instead of after the time limit.
 *
 * Only where commits wait for a replica that is there. A leader that lived on after all, on a machine that cannot be reached, could
 * then acknowledge only what a replica takes from it before that turns to the new leader, and it stops when it sees the lock. In
 * asynchronous replication the leader alone has the newest commits: the time limit decides, and a container or pod that starts again in
 * the meantime goes on as leader and loses none.
 */
export function planFailover(view: View): FailoverPlan {
  const lock = leaderLock(view);
  if (lock.pod === undefined || lock.resourceVersion === undefined) return nothing;
  const ending = endingOf(view.pods.get(lock.pod), lock.acquiredAt);
  if (ending === undefined || successors(view, lock.pod).length === 0) return nothing;
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
