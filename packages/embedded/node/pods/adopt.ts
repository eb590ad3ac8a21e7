/** Puts a pod's remembered state and what really runs together, after the node process or the machine was started anew. */

import { isAlive } from "../runtime/process.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ContainerState, PodState, Terminated } from "./state.ts";

/** As the kubelet reports a container that it lost sight of. */
const LOST_EXIT_CODE = 137;
const REBOOT_EXIT_CODE = 255;

/** Changes `state` to what is true now. Containers that still run are left alone. */
export function adopt(
  state: PodState,
  world: {
    readonly bootId: string;
    readonly restartPolicy: string;
    readonly now: Date;
    readonly runtime: Pick<Runtime, "exit">;
  },
): void {
  const rebooted = state.bootId !== world.bootId;
  const containers = Object.values(state.containers);
  for (const container of containers) {
    if (container.phase === "starting") abandonStart(container);
    else if (container.phase === "running") adoptRunning(container, rebooted, world.runtime, world.now);
  }
  if (rebooted) {
    delete state.sandbox;
    state.bootId = world.bootId;
  }
  // A new sandbox is a new beginning: init containers run again before the containers that they prepare things for.
  const again = containers.filter((each) => each.phase === "exited" && startsAgain(each, world.restartPolicy));
  if (state.sandbox === undefined && again.some(({ role }) => role === "main")) {
    for (const container of containers)
      if (container.role === "init" || again.includes(container)) startOver(container);
  }
}

function startsAgain({ role, terminated }: ContainerState, restartPolicy: string): boolean {
  if (role === "sidecar" || restartPolicy === "Always") return true;
  return restartPolicy === "OnFailure" && terminated?.exitCode !== 0;
}

/** Whether its program ran is not known; it is started again as if it had not been. */
function abandonStart(container: ContainerState): void {
  delete container.id;
  delete container.process;
  container.phase = container.last === undefined || container.terminated !== undefined ? "new" : "exited";
  if (container.phase === "exited" && container.last !== undefined) {
    container.terminated = container.last;
    delete container.last;
  }
}

function adoptRunning(container: ContainerState, rebooted: boolean, runtime: Pick<Runtime, "exit">, now: Date): void {
  const exit = rebooted || container.id === undefined ? undefined : runtime.exit(container.id);
  if (exit !== undefined) return; // The worker reads it like any other end.
  if (!rebooted && container.process !== undefined && isAlive(container.process)) return;
  if (rebooted) {
    const message = "the machine was started anew";
    endUnseen(container, now, { exitCode: REBOOT_EXIT_CODE, reason: "Unknown", message });
  } else loseContainer(container, now, "the container could not be found when the node came back");
}

/** Notes the end of a container that nobody saw ending. */
export function loseContainer(container: ContainerState, now: Date, message: string): void {
  endUnseen(container, now, { exitCode: LOST_EXIT_CODE, reason: "ContainerStatusUnknown", message });
}

function endUnseen(
  container: ContainerState,
  now: Date,
  what: Pick<Terminated, "exitCode" | "reason" | "message">,
): void {
  const { id = "", startedAt } = container;
  endContainer(container, { containerID: `keelson://${id}`, startedAt, finishedAt: now.toISOString(), ...what });
}

function startOver(container: ContainerState): void {
  if (container.phase === "exited") container.phase = "new";
  if (container.terminated !== undefined) container.last = container.terminated;
  delete container.terminated;
}

/** Notes the end of a container's life. */
export function endContainer(container: ContainerState, end: Terminated): void {
  container.phase = "exited";
  container.terminated = end;
  container.ready = false;
  container.started = false;
  delete container.id;
  delete container.process;
  delete container.killing;
  delete container.waiting;
}
