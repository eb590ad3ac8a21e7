/** The conditions of a pod that a node owns. Pure. */

import type { ContainerStatus, Pod } from "@keelson/kube";
import { containersInOrder } from "./plan.ts";
import type { StatusInput } from "./status.ts";

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason?: string | null;
  readonly message?: string | null;
  lastTransitionTime: string;
  readonly lastProbeTime: null;
}

interface Verdict {
  readonly status: boolean;
  readonly reason?: string;
  readonly message?: string;
}

/** In the kubelet's order. Times of conditions that have not changed are kept from the pod's present status. */
export function podConditions(input: StatusInput, phase: string, main: readonly ContainerStatus[]): Condition[] {
  const { pod, state } = input;
  const containersReady = containersVerdict(main, phase);
  const verdicts: Record<string, Verdict> = {
    PodReadyToStartContainers: { status: state.sandbox !== undefined },
    Initialized: initializedVerdict(input, phase),
    Ready: readyVerdict(pod, containersReady),
    ContainersReady: containersReady,
    PodScheduled: { status: true },
  };
  return Object.entries(verdicts).map(([type, verdict]) => condition(input, type, verdict));
}

function condition(
  { pod, lastConditions, now }: StatusInput,
  type: string,
  { status, reason, message }: Verdict,
): Condition {
  const text = status ? "True" : "False";
  const ofThisType = (each: { type: string }): boolean => each.type === type;
  const known = lastConditions?.find(ofThisType) ?? pod.status?.conditions?.find(ofThisType);
  const since = known?.status === text ? (known.lastTransitionTime as string | undefined) : undefined;
  return {
    type,
    status: text,
    // null takes away what an earlier status said.
    reason: reason ?? null,
    message: message ?? null,
    lastProbeTime: null,
    lastTransitionTime: since ?? new Date(now).toISOString().replace(/\.\d+Z$/, "Z"),
  };
}

function initializedVerdict({ pod, state }: StatusInput, phase: string): Verdict {
  if (phase === "Succeeded") return { status: true, reason: "PodCompleted" };
  const open = containersInOrder(pod)
    .filter(({ role }) => role !== "main")
    .filter(({ spec, role }) => {
      const container = state.containers[spec.name];
      if (role === "sidecar") return container?.started !== true && !mainHasBegun(mainOf(state));
      return !(container?.phase === "exited" && container.terminated?.exitCode === 0);
    })
    .map(({ spec }) => spec.name);
  return open.length === 0
    ? { status: true }
    : {
        status: false,
        reason: "ContainersNotInitialized",
        message: `containers with incomplete status: [${open.join(" ")}]`,
      };
}

const mainOf = (state: StatusInput["state"]): { phase: string }[] =>
  Object.values(state.containers).filter(({ role }) => role === "main");
const mainHasBegun = (main: readonly { phase: string }[]): boolean => main.some(({ phase }) => phase !== "new");

function containersVerdict(main: readonly ContainerStatus[], phase: string): Verdict {
  if (phase === "Succeeded") return { status: false, reason: "PodCompleted" };
  if (phase === "Failed") return { status: false, reason: "PodFailed" };
  const unready = main.filter(({ ready }) => !ready).map(({ name }) => name);
  return unready.length === 0
    ? { status: true }
    : {
        status: false,
        reason: "ContainersNotReady",
        message: `containers with unready status: [${unready.join(" ")}]`,
      };
}

/** Ready needs the containers and every readiness gate; gates are conditions that others write. */
function readyVerdict(pod: Pod, containers: Verdict): Verdict {
  if (!containers.status) return containers;
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (gate === undefined)
      return {
        status: false,
        reason: "ReadinessGatesNotReady",
        message: `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
      };
    if (gate.status !== "True")
      return {
        status: false,
        reason: "ReadinessGatesNotReady",
        message: `the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`,
      };
  }
  return { status: true };
}
