/** The lives of a pod's containers: started, probed, ended, and their ends noted. Decides nothing; the worker says what to do when. */

import { rm } from "node:fs/promises";
import type { Container, EventInput, Live, Pod } from "@keelson/kube";
import { longestTimerMs } from "../../machine/longest-timer.ts";
import { countsAtOnce } from "../probes/prober.ts";
import { isAlive } from "../runtime/process.ts";
import type { MountedVolume } from "../volumes/volumes.ts";
import { endContainer, loseContainer } from "./adopt.ts";
import { afterFailure, nextRestart, retrySoon } from "./backoff.ts";
import { podPaths } from "./container-config.ts";
import { ContainerProbes } from "./container-probes.ts";
import type { PodContext } from "./context.ts";
import { runHook } from "./hooks.ts";
import { terminationMessage } from "./last-words.ts";
import { removeOldLogs } from "./log-rotation.ts";
import { containersInOrder } from "./plan.ts";
import { ContainerStartError, type Prepared, prepareContainer, pullImage } from "./starting.ts";
import type { ContainerState, PodState } from "./state.ts";
import { Deadline, SHORTEST_GRACE_MS, stopContainer } from "./stopping.ts";

/** What the driver needs of the worker whose containers it drives. */
export interface DriverHost {
  readonly pod: Live<Pod>;
  readonly state: PodState;
  readonly volumes: ReadonlyMap<string, MountedVolume> | undefined;
  /** Set once the pod is being ended: how long its containers may take. */
  readonly stopGraceMs: number | undefined;
  /** Given once nothing more is to be started. */
  readonly ending: AbortSignal;
  save(): Promise<void>;
  wake(): void;
}

/**
 * Turns what the worker wants of a container into calls of the runtime, and what the runtime says into the container's state.
 *
 * A life begins in `start`, which names a fresh id before anything of it exists, so that a start that is cut off is found again. It
 * ends in `exited` (or `checkLost`), once per id however often the end is told; whoever waits for an end is told after it was saved.
 */
export class ContainerDriver {
  readonly #context: PodContext;
  readonly #host: DriverHost;
  readonly #probes: ContainerProbes;
  readonly #deadlines = new Map<string, Deadline>();
  /** By the runtime's id, for every container that runs or starts. */
  readonly #exits = new Map<string, PromiseWithResolvers<void>>();
  /** Containers whose process was not there at the last look. */
  readonly #missing = new Set<string>();

  constructor(context: PodContext, host: DriverHost) {
    this.#context = context;
    this.#host = host;
    this.#probes = new ContainerProbes(context, host, (name, message, graceSeconds) => {
      void this.stop(name, message, graceSeconds);
    });
  }

  spec(name: string): Container | undefined {
    return containersInOrder(this.#host.pod).find(({ spec }) => spec.name === name)?.spec;
  }

  /** Goes on with a container that an earlier node process started. */
  resume(container: ContainerState): void {
    const { id } = container;
    if (container.phase !== "running" || id === undefined) return;
    // Whoever was ending it is gone; it is ended anew if it still has to.
    delete container.killing;
    this.#exits.set(id, Promise.withResolvers());
    if (this.#context.runtime.exit(id) === undefined) this.#probe(container);
    else this.exited(id).catch((err) => this.#context.log.warn({ err, id }, "end of a container could not be noted"));
  }

  /** No probe is heard any more. */
  freeze(): void {
    this.#probes.endAll();
  }

  /** Those that are ending have until then at most. */
  shortenStops(latest: number): void {
    for (const deadline of this.#deadlines.values()) deadline.shorten(latest);
  }

  /** Takes away whatever the runtime still has of the pod. */
  async removeAll(): Promise<void> {
    for (const id of this.#exits.keys()) await this.#context.runtime.remove(id);
    this.#exits.clear();
  }

  /**
   * Starts the container. Whatever fails is noted in its state and as an event. A pod that is being ended waits neither for an image nor
   * for anything else that comes before the first process.
   */
  async start(name: string): Promise<void> {
    const { pod, state, volumes, ending } = this.#host;
    const container = state.containers[name];
    const spec = this.spec(name);
    if (container === undefined || spec === undefined || state.sandbox === undefined || volumes === undefined) return;
    try {
      const image = await pullImage(this.#context, pod, spec, ending);
      delete container.pullBackoff;
      if (ending.aborted) return;
      const again = container.phase === "exited" || container.last !== undefined;
      const attempt = again ? container.restartCount + 1 : container.restartCount;
      await using prepared = await prepareContainer({
        context: this.#context,
        pod,
        container: spec,
        image,
        sandbox: state.sandbox,
        volumes,
        attempt,
      });
      if (ending.aborted) return;
      this.#beginLife(container, {
        id: prepared.id,
        restartCount: attempt,
        image: spec.image ?? "",
        imageID: `${image.image.reference}@${image.image.id}`,
      });
      await this.#host.save();
      await this.#run(container, spec, prepared);
      await removeOldLogs(this.#context.folders(pod.metadata.uid).disk, name, attempt);
    } catch (error) {
      if (!ending.aborted) this.#noteStartFailure(container, error);
    }
  }

  #beginLife(
    container: ContainerState,
    life: Pick<Required<ContainerState>, "id" | "restartCount" | "image" | "imageID">,
  ): void {
    if (container.phase === "exited") {
      const finishedAt = Date.parse(container.terminated?.finishedAt ?? "");
      container.backoff = nextRestart(container.backoff, finishedAt, Date.now()).backoff;
      if (container.terminated !== undefined) container.last = container.terminated;
      delete container.terminated;
    }
    Object.assign(container, { phase: "starting", started: false, ready: false, ...life });
  }

  async #run(container: ContainerState, spec: Container, { id, run }: Prepared): Promise<void> {
    this.#exits.set(id, Promise.withResolvers());
    this.#record("Normal", "Created", `Created container: ${spec.name}`);
    try {
      container.process = await run();
    } catch (error) {
      await this.#noteNotRun(container, id, error);
      return;
    }
    Object.assign(container, { phase: "running", startedAt: new Date().toISOString() });
    delete container.waiting;
    this.#context.log.debug({ pod: this.#host.pod.metadata.name, container: spec.name, id }, "container runs");
    this.#record("Normal", "Started", `Started container ${spec.name}`);
    if (!(await this.#postStart(container, spec))) return;
    const { started, ready } = countsAtOnce(spec);
    Object.assign(container, { started, ready });
    await this.#host.save();
    if (this.#context.runtime.exit(id) === undefined) this.#probe(container);
    else await this.exited(id);
  }

  async #noteNotRun(container: ContainerState, id: string, error: unknown): Promise<void> {
    await this.#context.runtime.remove(id);
    this.#exits.delete(id);
    const message = error instanceof Error ? error.message : String(error);
    const now = new Date().toISOString();
    endContainer(container, {
      containerID: `keelson://${id}`,
      exitCode: 128,
      reason: "StartError",
      message,
      startedAt: now,
      finishedAt: now,
    });
    await this.#host.save();
    this.#record("Warning", "Failed", `Error: failed to start container "${container.name}": ${message}`);
  }

  async #postStart(container: ContainerState, spec: Container): Promise<boolean> {
    const hook = spec.lifecycle?.postStart;
    if (hook === undefined) return true;
    await this.#host.save();
    this.#host.wake();
    // A postStart hook may take as long as it likes.
    const failed = await runHook(hook, this.#probes.target(container, spec), longestTimerMs);
    if (failed === undefined) return container.phase === "running";
    this.#record("Warning", "FailedPostStartHook", `PostStartHook failed: ${failed}`);
    await this.stop(spec.name, "FailedPostStartHook");
    return false;
  }

  #noteStartFailure(container: ContainerState, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const reason = error instanceof ContainerStartError ? error.reason : "CreateContainerError";
    const isPull = reason.startsWith("ErrImage");
    container.pullBackoff = (isPull ? afterFailure : retrySoon)(container.pullBackoff, Date.now());
    container.waiting = { reason, message };
    if (!isPull) this.#record("Warning", "Failed", `Error: ${message}`);
  }

  #probe(container: ContainerState): void {
    const spec = this.spec(container.name);
    if (spec !== undefined) this.#probes.begin(container, spec);
  }

  /** Ends a running container; resolves when it has ended. Does nothing for one that is ending already. */
  async stop(name: string, message: string, graceSeconds?: number): Promise<void> {
    const { pod, state, stopGraceMs } = this.#host;
    const container = state.containers[name];
    const spec = this.spec(name);
    const exited = this.#exits.get(container?.id ?? "");
    if (container?.process === undefined || spec === undefined || exited === undefined || container.killing === true)
      return;
    container.killing = true;
    // A pod that is being deleted is probed on: its readiness is still of interest.
    if (stopGraceMs === undefined) this.#probes.end(name);
    this.#record("Normal", "Killing", message);
    const graceMs = stopGraceMs ?? (graceSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
    const deadline = new Deadline(Date.now() + Math.max(SHORTEST_GRACE_MS, graceMs));
    this.#deadlines.set(name, deadline);
    const onHookFailure = (failure: string): void =>
      this.#record("Warning", "FailedPreStopHook", `PreStopHook failed: ${failure}`);
    await stopContainer({
      container: spec,
      process: container.process,
      target: this.#probes.target(container, spec),
      deadline,
      exited: exited.promise,
      onHookFailure,
    });
    this.#deadlines.delete(name);
  }

  /** The runtime says that a container has ended: notes how, before anybody sees it. */
  async exited(id: string): Promise<void> {
    const { pod, state } = this.#host;
    const container = Object.values(state.containers).find((each) => each.id === id);
    const exit = this.#context.runtime.exit(id);
    // While it is starting, the start itself looks at its end.
    if (container === undefined || exit === undefined || container.phase !== "running") return;
    const { name, startedAt, restartCount } = container;
    const spec = this.spec(name);
    const { exitCode, oomKilled } = exit;
    const folders = this.#context.folders(pod.metadata.uid);
    this.#probes.end(name);
    const log = podPaths.log(folders, name, restartCount);
    const message =
      spec === undefined
        ? ""
        : await terminationMessage(spec, podPaths.termination(folders, name), log, exitCode !== 0);
    // Somebody else has noted it meanwhile.
    if (container.id !== id || container.phase !== "running") return;
    const reason = oomKilled ? "OOMKilled" : exitCode === 0 ? "Completed" : "Error";
    const finishedAt = exit.finishedAt.toISOString();
    endContainer(container, {
      containerID: `keelson://${id}`,
      exitCode,
      reason,
      startedAt,
      finishedAt,
      ...(message === "" ? {} : { message }),
    });
    await this.#closeLife(container, id);
  }

  /** Notes containers whose end nobody told us: conmon itself was killed. Seen twice, so that conmon's word is not overtaken. */
  async checkLost(): Promise<void> {
    const { state } = this.#host;
    for (const container of Object.values(state.containers)) {
      const { id, process, phase } = container;
      const runs = phase !== "running" || id === undefined || process === undefined || isAlive(process);
      if (runs || this.#context.runtime.exit(id) !== undefined) {
        this.#missing.delete(container.name);
        if (!runs) await this.exited(id);
      } else if (this.#missing.has(container.name)) {
        this.#missing.delete(container.name);
        this.#probes.end(container.name);
        loseContainer(container, new Date(), "the container's watcher was gone when it ended");
        await this.#closeLife(container, id);
      } else this.#missing.add(container.name);
    }
  }

  /** After the end was noted: says so and takes away what is left. */
  async #closeLife({ name, restartCount }: ContainerState, id: string): Promise<void> {
    await this.#host.save();
    this.#exits.get(id)?.resolve();
    this.#exits.delete(id);
    this.#host.wake();
    await this.#context.runtime.remove(id);
    const scratch = podPaths.scratch(this.#context.folders(this.#host.pod.metadata.uid), name, restartCount);
    await rm(scratch, { recursive: true, force: true });
  }

  #record(type: EventInput["type"], reason: string, message: string): void {
    this.#context.record(this.#host.pod, { type, reason, message });
  }
}
