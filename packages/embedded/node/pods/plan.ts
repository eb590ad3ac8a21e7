/**
 * What to do next for a pod. Pure: the worker carries it out, and asks again after every change.
 * The rules are the kubelet's (init containers in order, sidecars among them, restart policies, growing delays).
 */

import type { Container, Pod } from "@keelson/kube";
import { nextRestart } from "./backoff.ts";
import type { ContainerRole, ContainerState, PodState } from "./state.ts";

export interface PodPlan {
  /** Containers to start now, in order; each may be started while the earlier ones are still starting. */
  readonly start: readonly string[];
  /** Containers to end now. */
  readonly stop: readonly string[];
  /** Ended containers that wait for their delay, with the time (ms since the epoch) when it is over. */
  readonly waiting: ReadonlyMap<string, number>;
  /** Nothing is to be started any more; never taken back. */
  readonly ending: boolean;
  /** Nothing of the pod runs or will run again. */
  readonly finished: boolean;
  /** Ask again at this time even if nothing changes. */
  readonly wakeAt: number | undefined;
}

/** Containers of the pod in the order of their start, with their roles. */
export function containersInOrder(pod: Pod): readonly { readonly spec: Container; readonly role: ContainerRole }[] {
  const init = (pod.spec?.initContainers ?? []).map((spec) => ({
    spec,
    role: isSidecar(spec) ? ("sidecar" as const) : ("init" as const),
  }));
  return [...init, ...(pod.spec?.containers ?? []).map((spec) => ({ spec, role: "main" as const }))];
}

function isSidecar(spec: Container): boolean {
  return (spec as Container & { restartPolicy?: string }).restartPolicy === "Always";
}

/** `stopping`: the pod is being deleted, or the node is ending it: nothing starts any more. */
export function planPod(pod: Pod, state: PodState, now: number, stopping: boolean): PodPlan {
  if (stopping || state.ended !== undefined || hasFinished(pod, state)) return planEnd(pod, state);
  const planner = new Planner(pod, now);
  planner.run(
    containersInOrder(pod)
      .map(({ spec }) => state.containers[spec.name])
      .filter((each) => each !== undefined),
  );
  return planner.plan();
}

/** Main containers and init containers end first; sidecars after the last of them, in reverse order of their start. */
function planEnd(pod: Pod, state: PodState): PodPlan {
  const live = containersInOrder(pod)
    .map(({ spec }) => state.containers[spec.name])
    .filter((each) => each !== undefined)
    .filter(({ phase }) => phase === "running" || phase === "starting");
  const others = live.filter(({ role }) => role !== "sidecar");
  const next = others.length > 0 ? others : live.slice(-1);
  return {
    start: [],
    stop: next.filter(({ phase }) => phase === "running").map(({ name }) => name),
    waiting: new Map(),
    ending: true,
    finished: live.length === 0,
    wakeAt: undefined,
  };
}

/** True when every main container has ended and none will start again, or an init container has failed for good. */
export function hasFinished(pod: Pod, state: PodState): boolean {
  const containers = Object.values(state.containers);
  const policy = pod.spec?.restartPolicy ?? "Always";
  if (policy === "Never" && containers.some((each) => each.role === "init" && hasFailed(each))) return true;
  const main = containers.filter(({ role }) => role === "main");
  return main.length > 0 && main.every((each) => each.phase === "exited" && !startsAgain(policy, each));
}

function hasFailed(container: ContainerState): boolean {
  return container.phase === "exited" && container.terminated?.exitCode !== 0;
}

function startsAgain(policy: string, container: ContainerState): boolean {
  if (container.role === "sidecar" || policy === "Always") return true;
  return policy === "OnFailure" && hasFailed(container);
}

class Planner {
  readonly #policy: string;
  readonly #now: number;
  readonly #start: string[] = [];
  readonly #waiting = new Map<string, number>();
  #wakeAt: number | undefined;

  constructor(pod: Pod, now: number) {
    this.#policy = pod.spec?.restartPolicy ?? "Always";
    this.#now = now;
  }

  run(containers: readonly ContainerState[]): void {
    const mainHasBegun = containers.some(({ role, phase }) => role === "main" && phase !== "new");
    for (const container of containers) {
      if (container.role === "main") this.#startOrRestart(container);
      else if (!this.#initialized(container, mainHasBegun)) return;
    }
  }

  /** Handles one init container or sidecar; true when the next in the row may begin. */
  #initialized(container: ContainerState, mainHasBegun: boolean): boolean {
    if (container.role === "sidecar") {
      this.#startOrRestart(container);
      return mainHasBegun || (container.phase === "running" && container.started);
    }
    if (mainHasBegun || (container.phase === "exited" && container.terminated?.exitCode === 0)) return true;
    // An init container is run again under Always as under OnFailure: only a success ends it.
    if (container.phase === "new" || container.phase === "exited") this.#startOrRestart(container);
    return false;
  }

  #startOrRestart(container: ContainerState): void {
    const { name, phase, terminated, pullBackoff } = container;
    if (phase === "starting" || phase === "running") return;
    if (pullBackoff !== undefined && this.#isTooEarly(name, pullBackoff.since + pullBackoff.delayMs)) return;
    if (phase === "exited") {
      if (container.role !== "init" && !startsAgain(this.#policy, container)) return;
      const finishedAt = Date.parse(terminated?.finishedAt ?? "") || this.#now;
      if (this.#isTooEarly(name, nextRestart(container.backoff, finishedAt, this.#now).at)) return;
    }
    this.#start.push(name);
  }

  #isTooEarly(name: string, allowed: number): boolean {
    if (allowed <= this.#now) return false;
    this.#waiting.set(name, allowed);
    this.#wakeAt = Math.min(this.#wakeAt ?? allowed, allowed);
    return true;
  }

  plan(): PodPlan {
    return {
      start: this.#start,
      stop: [],
      waiting: this.#waiting,
      ending: false,
      finished: false,
      wakeAt: this.#wakeAt,
    };
  }
}
