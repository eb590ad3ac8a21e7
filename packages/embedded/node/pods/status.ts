/** A pod's status as the kubelet writes it. Pure. */

import type { ContainerStatus, Pod, PodCondition } from "@keelson/kube";
import { formatDelay } from "./backoff.ts";
import { podConditions } from "./conditions.ts";
import { containersInOrder, hasFinished } from "./plan.ts";
import type { ContainerState, PodState, Terminated, Waiting } from "./state.ts";

type PodStatus = NonNullable<Pod["status"]>;
type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

export interface StatusInput {
  readonly pod: Pod;
  readonly state: PodState;
  /** The conditions written last, which the pod's object may not show yet. */
  readonly lastConditions?: readonly PodCondition[];
  readonly hostIP: string;
  /** The pod is over: every container that has not run will not run. */
  readonly finished: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The whole status but for what others own: foreign conditions, qosClass, resize. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, state, hostIP } = input;
  const phase = podPhase(input);
  const all = containersInOrder(pod).map(({ spec, role }) => ({
    role,
    status: containerStatus(input, spec.name, spec.image ?? ""),
  }));
  const init = all.filter(({ role }) => role !== "main").map(({ status }) => status);
  const main = all.filter(({ role }) => role === "main").map(({ status }) => status);
  return {
    phase,
    conditions: podConditions(input, phase, main) as unknown as PodCondition[],
    hostIP,
    hostIPs: [{ ip: hostIP }] as never,
    ...(state.sandbox === undefined ? {} : { podIP: state.sandbox.ip, podIPs: [{ ip: state.sandbox.ip }] }),
    startTime: state.startTime as never,
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: main,
    ...(state.ended === undefined ? {} : { reason: state.ended.reason, message: state.ended.message }),
  } as PodStatus;
}

/** Source: Kubernetes, pod lifecycle, "Pod phase"; kubelet's getPhase. */
export function podPhase({ pod, state, finished }: Pick<StatusInput, "pod" | "state" | "finished">): Phase {
  const containers = containersInOrder(pod).map(
    ({ spec, role }) => state.containers[spec.name] ?? { role, phase: "new" as const },
  );
  const main = containers.filter(({ role }) => role === "main") as ContainerState[];
  if (state.ended !== undefined) return "Failed";
  const over = finished || hasFinished(pod, state);
  if (over) {
    const init = containers.filter(({ role }) => role === "init") as ContainerState[];
    const good = [...init, ...main].every((each) => each.phase === "exited" && each.terminated?.exitCode === 0);
    return good ? "Succeeded" : "Failed";
  }
  // A container that has run once counts as begun even while it waits for its next start.
  const begun = main.filter((each) => each.phase === "running" || each.phase === "exited" || each.last !== undefined);
  return main.length > 0 && begun.length === main.length ? "Running" : "Pending";
}

function containerStatus(input: StatusInput, name: string, imageAsked: string): ContainerStatus {
  const container = input.state.containers[name];
  const running = container?.phase === "running";
  const current = currentState(input, container);
  const showsWaiting = current.waiting !== undefined;
  const last = container?.phase === "exited" && showsWaiting ? container.terminated : container?.last;
  return {
    name,
    state: current,
    lastState: last === undefined ? {} : { terminated: terminatedStatus(last) },
    ready: isReady(container),
    restartCount: container?.restartCount ?? 0,
    image: container?.image ?? imageAsked,
    imageID: container?.imageID ?? "",
    ...(container?.id === undefined ? containerIdOfEnd(container) : { containerID: `keelson://${container.id}` }),
    started: running && container.started,
  } as ContainerStatus;
}

function containerIdOfEnd(container: ContainerState | undefined): { containerID?: string } {
  const ended = container?.terminated ?? container?.last;
  return ended === undefined || ended.containerID === "" ? {} : { containerID: ended.containerID };
}

/** An init container is ready once it has succeeded; any other while it runs and its probes say so. */
function isReady(container: ContainerState | undefined): boolean {
  if (container === undefined) return false;
  if (container.role === "init") return container.phase === "exited" && container.terminated?.exitCode === 0;
  return container.phase === "running" && container.ready;
}

type State = NonNullable<ContainerStatus["state"]>;

function currentState(input: StatusInput, container: ContainerState | undefined): State {
  if (container?.phase === "running") return { running: { startedAt: container.startedAt as never } };
  const waiting = container?.waiting ?? delayed(input, container);
  if (
    container?.phase === "exited" &&
    container.terminated !== undefined &&
    (input.finished || waiting === undefined)
  ) {
    return { terminated: terminatedStatus(container.terminated) };
  }
  return { waiting: waiting ?? defaultWaiting(input) };
}

function delayed(input: StatusInput, container: ContainerState | undefined): Waiting | undefined {
  if (input.finished || container === undefined || container.phase !== "exited" || container.backoff === undefined)
    return undefined;
  const { pod } = input;
  const policy = pod.spec?.restartPolicy ?? "Always";
  const again =
    container.role === "sidecar" ||
    policy === "Always" ||
    (policy === "OnFailure" && container.terminated?.exitCode !== 0);
  const done = container.role === "init" && container.terminated?.exitCode === 0;
  if (!again || done || input.now >= container.backoff.since + container.backoff.delayMs) return undefined;
  return crashLoop(pod, container.name, container.backoff.delayMs);
}

/** The kubelet's words. */
export function crashLoop(pod: Pod, container: string, delayMs: number): Waiting {
  const { name, namespace, uid } = pod.metadata ?? {};
  return {
    reason: "CrashLoopBackOff",
    message: `back-off ${formatDelay(delayMs)} restarting failed container=${container} pod=${name}_${namespace}(${uid})`,
  };
}

function defaultWaiting({ pod }: StatusInput): Waiting {
  return { reason: (pod.spec?.initContainers ?? []).length > 0 ? "PodInitializing" : "ContainerCreating" };
}

function terminatedStatus(end: Terminated): NonNullable<State["terminated"]> {
  const { signal, message, startedAt, ...rest } = end;
  return {
    ...rest,
    ...(signal === undefined ? {} : { signal }),
    ...(message === undefined || message === "" ? {} : { message }),
    startedAt: startedAt ?? null,
  } as never;
}
