/**
 * Brings one pod to what its object says, and tells the API what has become of it. Everything that takes time runs beside the
 * worker and wakes it when it is done; the worker itself only looks, plans and sets things going.
 */

import type { Container, Live, Pod } from "@keelson/kube";
import type { ProbeTarget } from "../probes/check.ts";
import { countsAtOnce, Prober } from "../probes/prober.ts";
import { execInContainer } from "../runtime/exec.ts";
import type { ExecContext } from "../runtime/runtime.ts";
import { removeCgroup } from "../runtime/cgroups.ts";
import { type MountedVolume, refreshVolumes, removeVolumes } from "../volumes/volumes.ts";
import { endContainer } from "./adopt.ts";
import { afterFailure, nextRestart } from "./backoff.ts";
import { podPaths, terminationMessage } from "./container-config.ts";
import type { PodContext } from "./context.ts";
import { runHook } from "./hooks.ts";
import { containersInOrder, planPod } from "./plan.ts";
import { StatusPublisher } from "./publisher.ts";
import { prepareSandbox, releaseSandbox } from "./sandbox.ts";
import { ContainerStartError, prepareContainer, pullImage } from "./starting.ts";
import { type ContainerState, newContainer, type PodState } from "./state.ts";
import { savePod, saveState } from "./state-file.ts";
import { crashLoop, podStatus } from "./status.ts";
import { Deadline, SHORTEST_GRACE_MS, stopContainer } from "./stopping.ts";

/** Why and how a pod is being ended. */
export interface StopOrder {
  readonly graceMs: number;
  /** deleted: the API waits for us to remove it; gone: it is out of the API already; node: the node ends, the pod stays. */
  readonly why: "deleted" | "gone" | "node";
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** Volumes are looked at again after a change of what they show; several changes together count as one. */
const REFRESH_DELAY_MS = 300;

export class PodWorker {
  readonly #context: PodContext;
  readonly #publisher: StatusPublisher;
  readonly #probers = new Map<string, Prober>();
  readonly #deadlines = new Map<string, Deadline>();
  readonly #exits = new Map<string, PromiseWithResolvers<void>>();
  readonly #done = Promise.withResolvers<void>();
  #pod: Live<Pod>;
  #volumes: ReadonlyMap<string, MountedVolume> | undefined;
  #stop: StopOrder | undefined;
  #preparing = false;
  #starting = false;
  #prepareBackoff: ReturnType<typeof afterFailure> | undefined;
  #released = false;
  #finishing = false;
  /** It ended by itself and holds nothing any more. */
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  #refreshTimer: NodeJS.Timeout | undefined;
  #scheduled = false;
  #frozen = false;
  readonly state: PodState;

  constructor(context: PodContext, pod: Live<Pod>, state: PodState) {
    this.#context = context;
    this.#publisher = new StatusPublisher(context);
    this.#pod = pod;
    this.state = state;
    for (const { spec, role } of containersInOrder(pod)) state.containers[spec.name] ??= newContainer(spec.name, role);
  }

  get pod(): Live<Pod> {
    return this.#pod;
  }

  /** Resolves when nothing of the pod is left on the node. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Goes on with containers that run already, after the node process was started anew. */
  resume(): void {
    if (this.state.sandbox !== undefined && this.#stop === undefined) void this.#prepare(Date.now());
    for (const container of Object.values(this.state.containers)) {
      if (container.phase !== "running" || container.id === undefined) continue;
      this.#exits.set(container.id, Promise.withResolvers());
      if (this.#context.runtime.exit(container.id) === undefined) this.#probe(container);
      else void this.containerExited(container.id);
    }
  }

  update(pod: Live<Pod>): void {
    const before = this.#pod;
    this.#pod = pod;
    if (before.metadata.resourceVersion !== pod.metadata.resourceVersion) void savePod(this.#folders, pod).catch(() => {});
    const { annotations, labels } = pod.metadata;
    if (JSON.stringify([annotations, labels]) !== JSON.stringify([before.metadata.annotations, before.metadata.labels])) this.refreshSoon();
    this.wake();
  }

  /** Ends the pod. A later, stricter order counts. */
  stop(order: StopOrder): void {
    const rank = { node: 0, deleted: 1, gone: 2 };
    const why = this.#stop !== undefined && rank[this.#stop.why] > rank[order.why] ? this.#stop.why : order.why;
    this.#stop = { why, graceMs: Math.min(order.graceMs, this.#stop?.graceMs ?? order.graceMs) };
    const latest = Date.now() + Math.max(SHORTEST_GRACE_MS, order.graceMs);
    for (const deadline of this.#deadlines.values()) deadline.shorten(latest);
    this.wake();
  }

  /** Lets everything run and does nothing more. */
  freeze(): void {
    this.#frozen = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#refreshTimer);
    for (const prober of this.#probers.values()) prober.stop();
  }

  /** Something that the pod's volumes may show has changed. */
  refreshSoon(): void {
    if (this.#volumes === undefined || this.#refreshTimer !== undefined) return;
    this.#refreshTimer = setTimeout(() => {
      this.#refreshTimer = undefined;
      void this.#refresh();
    }, REFRESH_DELAY_MS);
  }

  wake(): void {
    if (this.#scheduled || this.#frozen) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#frozen) this.#sync();
    });
  }

  /** The running container of that name, for exec and its like. */
  running(name: string): { id: string; context: ExecContext; spec: Container } | undefined {
    const container = this.state.containers[name];
    const spec = this.#spec(name);
    if (container?.phase !== "running" || container.id === undefined || spec === undefined) return undefined;
    const context = this.#context.runtime.execContext(container.id);
    return context === undefined ? undefined : { id: container.id, context, spec };
  }

  get #folders() {
    return this.#context.folders(this.#pod.metadata.uid);
  }

  get #addresses() {
    return { podIP: this.state.sandbox?.ip ?? "", hostIP: this.#context.hostIP };
  }

  #spec(name: string): Container | undefined {
    return containersInOrder(this.#pod).find(({ spec }) => spec.name === name)?.spec;
  }

  #sync(): void {
    const now = Date.now();
    clearTimeout(this.#timer);
    this.#checkDeadline(now);
    const plan = planPod(this.#pod, this.state, now, this.#stop !== undefined);
    for (const name of plan.stop) void this.#stopContainer(name, "Stopping container");
    if (plan.finished) this.#finish();
    else if (this.#stop === undefined && plan.start.length > 0) {
      if (this.#volumes === undefined || this.state.sandbox === undefined) void this.#prepare(now);
      else if (!this.#starting) void this.#start(plan.start[0] ?? "");
    }
    for (const name of plan.waiting.keys()) this.#noteBackoff(name);
    this.#publish(plan.finished);
    const { wakeAt } = plan;
    if (wakeAt !== undefined) this.#timer = setTimeout(() => this.wake(), Math.max(1, wakeAt - now));
  }

  #publish(finished: boolean): void {
    const hostIP = this.#context.hostIP;
    if (this.#stop?.why === "gone" || this.#released) return;
    this.#publisher.publish(this.#pod, podStatus({ pod: this.#pod, state: this.state, hostIP, finished: finished && this.#stop?.why !== "node", now: Date.now() }));
  }

  async #save(): Promise<void> {
    await saveState(this.#folders, this.state).catch((err) => this.#context.log.error({ err, pod: this.#pod.metadata.name }, "state could not be written"));
  }

  #checkDeadline(now: number): void {
    const seconds = this.#pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined || this.state.ended !== undefined || this.#stop !== undefined) return;
    const end = Date.parse(this.state.startTime) + seconds * 1000;
    if (now >= end) {
      this.state.ended = { reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" };
      void this.#save();
    } else setTimeout(() => this.wake(), Math.min(end - now, 2 ** 31 - 1)).unref();
  }

  async #prepare(now: number): Promise<void> {
    if (this.#preparing) return;
    const retryAt = this.#prepareBackoff === undefined ? now : this.#prepareBackoff.since + this.#prepareBackoff.delayMs;
    if (retryAt > now) {
      setTimeout(() => this.wake(), retryAt - now).unref();
      return;
    }
    this.#preparing = true;
    try {
      this.#volumes = await prepareSandbox(this.#context, this.#pod, this.state, () => this.#save());
      this.#prepareBackoff = undefined;
    } catch (error) {
      const { delayMs, since } = afterFailure(this.#prepareBackoff, Date.now(), FIRST_RETRY_MS);
      this.#prepareBackoff = { delayMs: Math.min(delayMs, LONGEST_RETRY_MS), since };
      const message = error instanceof Error ? error.message : String(error);
      const reason = message.startsWith("MountVolume") ? "FailedMount" : "FailedCreatePodSandBox";
      this.#context.record(this.#pod, { type: "Warning", reason, message });
    } finally {
      this.#preparing = false;
      this.wake();
    }
  }

  async #start(name: string): Promise<void> {
    const container = this.state.containers[name];
    const spec = this.#spec(name);
    const { sandbox } = this.state;
    if (container === undefined || spec === undefined || sandbox === undefined || this.#volumes === undefined) return;
    this.#starting = true;
    try {
      const image = await pullImage(this.#context, this.#pod, spec);
      delete container.pullBackoff;
      if (this.#stop !== undefined) return;
      const again = container.phase === "exited" || container.last !== undefined;
      const attempt = again ? container.restartCount + 1 : container.restartCount;
      const prepared = await prepareContainer({ context: this.#context, pod: this.#pod, container: spec, image, sandbox, volumes: this.#volumes, attempt });
      if (this.#stop !== undefined) return;
      await this.#run(container, spec, prepared, image.image, attempt);
    } catch (error) {
      this.#noteStartFailure(container, error);
    } finally {
      this.#starting = false;
      this.wake();
    }
  }

  async #run(container: ContainerState, spec: Container, prepared: Awaited<ReturnType<typeof prepareContainer>>, image: { id: string; reference: string }, attempt: number): Promise<void> {
    const { id } = prepared;
    if (container.phase === "exited") {
      const finishedAt = Date.parse(container.terminated?.finishedAt ?? "");
      container.backoff = nextRestart(container.backoff, finishedAt, Date.now()).backoff;
      if (container.terminated !== undefined) container.last = container.terminated;
      delete container.terminated;
    }
    Object.assign(container, { phase: "starting", id, restartCount: attempt, image: spec.image ?? "", imageID: `${image.reference}@${image.id}` });
    await this.#save();
    this.#exits.set(id, Promise.withResolvers());
    this.#context.record(this.#pod, { type: "Normal", reason: "Created", message: `Created container: ${spec.name}` });
    try {
      container.process = await prepared.run();
    } catch (error) {
      await this.#context.runtime.remove(id);
      const message = error instanceof Error ? error.message : String(error);
      const now = new Date().toISOString();
      endContainer(container, { containerID: `keelson://${id}`, exitCode: 128, reason: "StartError", message, startedAt: now, finishedAt: now });
      await this.#save();
      this.#context.record(this.#pod, { type: "Warning", reason: "Failed", message: `Error: failed to start container "${spec.name}": ${message}` });
      return;
    }
    const atOnce = countsAtOnce(spec);
    Object.assign(container, { phase: "running", startedAt: new Date().toISOString(), started: false, ready: false });
    delete container.waiting;
    this.#context.record(this.#pod, { type: "Normal", reason: "Started", message: `Started container ${spec.name}` });
    if (!(await this.#postStart(container, spec))) return;
    container.started = atOnce.started;
    container.ready = atOnce.ready;
    await this.#save();
    if (this.#context.runtime.exit(id) === undefined) this.#probe(container);
    else await this.containerExited(id);
  }

  async #postStart(container: ContainerState, spec: Container): Promise<boolean> {
    const hook = spec.lifecycle?.postStart;
    if (hook === undefined) return true;
    this.#publish(false);
    await this.#save();
    const failed = await runHook(hook, this.#target(container, spec), 2 ** 31 - 1);
    if (failed === undefined) return true;
    this.#context.record(this.#pod, { type: "Warning", reason: "FailedPostStartHook", message: `PostStartHook failed: ${failed}` });
    await this.#stopContainer(spec.name, "FailedPostStartHook:");
    return false;
  }

  #noteStartFailure(container: ContainerState, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const reason = error instanceof ContainerStartError ? error.reason : "CreateContainerError";
    const isPull = reason.startsWith("ErrImage");
    const backoff = afterFailure(container.pullBackoff, Date.now(), isPull ? undefined : FIRST_RETRY_MS);
    container.pullBackoff = isPull ? backoff : { ...backoff, delayMs: Math.min(backoff.delayMs, LONGEST_RETRY_MS) };
    container.waiting = { reason, message };
    if (!isPull) this.#context.record(this.#pod, { type: "Warning", reason: "Failed", message: `Error: ${message}` });
  }

  /** Turns the reason into what the kubelet shows while it waits, with its event. */
  #noteBackoff(name: string): void {
    const container = this.state.containers[name];
    if (container === undefined) return;
    if (container.pullBackoff !== undefined) {
      if (container.waiting?.reason !== "ErrImagePull") return;
      const image = this.#spec(name)?.image ?? "";
      container.waiting = { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}": ErrImagePull: ${container.waiting.message ?? ""}` };
      this.#context.record(this.#pod, { type: "Normal", reason: "BackOff", message: `Back-off pulling image "${image}"` });
      return;
    }
    if (container.waiting?.reason === "CrashLoopBackOff" || container.backoff === undefined) return;
    container.waiting = crashLoop(this.#pod, name, container.backoff.delayMs);
    const { name: podName, namespace, uid } = this.#pod.metadata;
    this.#context.record(this.#pod, { type: "Warning", reason: "BackOff", message: `Back-off restarting failed container ${name} in pod ${podName}_${namespace}(${uid})` });
  }

  #target(container: ContainerState, spec: Container): ProbeTarget {
    const { id = "" } = container;
    return {
      container: spec,
      podIP: this.state.sandbox?.ip ?? "",
      exec: async (command, timeoutMs) => {
        const context = this.#context.runtime.execContext(id);
        if (context === undefined) throw new Error("the container is not there any more");
        return execInContainer(this.#context.runtime, id, context, command, timeoutMs);
      },
    };
  }

  #probe(container: ContainerState): void {
    const spec = this.#spec(container.name);
    // The kubelet probes no container that runs to its end.
    if (spec === undefined || container.role === "init" || container.killing === true) {
      if (container.role === "init") container.started = true;
      return;
    }
    const changed = (): void => {
      void this.#save();
      this.wake();
    };
    const prober = new Prober({
      target: this.#target(container, spec),
      startedAt: Date.parse(container.startedAt ?? "") || Date.now(),
      started: container.started,
      ready: container.ready,
      onStarted: () => {
        container.started = true;
        changed();
      },
      onReady: (ready) => {
        container.ready = ready;
        changed();
      },
      onFailure: (kind, output) => {
        const label = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
        this.#context.record(this.#pod, { type: "Warning", reason: "Unhealthy", message: `${label} probe failed: ${output.trim()}` });
      },
      onDead: (kind) => {
        const probe = kind === "startup" ? spec.startupProbe : spec.livenessProbe;
        void this.#stopContainer(spec.name, `Container ${spec.name} failed ${kind} probe, will be restarted`, probe?.terminationGracePeriodSeconds);
      },
    });
    this.#probers.set(container.name, prober);
  }

  async #stopContainer(name: string, why: string, graceSeconds?: number): Promise<void> {
    const container = this.state.containers[name];
    const spec = this.#spec(name);
    const exited = this.#exits.get(container?.id ?? "");
    if (container === undefined || spec === undefined || container.process === undefined || exited === undefined || container.killing === true) return;
    container.killing = true;
    if (this.#stop === undefined) this.#probers.get(name)?.stop();
    const message = why === "Stopping container" ? `Stopping container ${name}` : why;
    this.#context.record(this.#pod, { type: "Normal", reason: "Killing", message });
    const graceMs = this.#stop?.graceMs ?? (graceSeconds ?? this.#pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
    const deadline = new Deadline(Date.now() + Math.max(SHORTEST_GRACE_MS, graceMs));
    this.#deadlines.set(name, deadline);
    try {
      await stopContainer({
        container: spec,
        process: container.process,
        target: this.#target(container, spec),
        deadline,
        exited: exited.promise,
        onHookFailure: (failure) => this.#context.record(this.#pod, { type: "Warning", reason: "FailedPreStopHook", message: `PreStopHook failed: ${failure}` }),
      });
    } finally {
      this.#deadlines.delete(name);
    }
  }

  /** The runtime says that a container has ended. */
  async containerExited(id: string): Promise<void> {
    const container = Object.values(this.state.containers).find((each) => each.id === id);
    const exit = this.#context.runtime.exit(id);
    // While it is starting, the start itself looks at its end.
    if (container === undefined || exit === undefined || container.phase !== "running") return;
    const spec = this.#spec(container.name);
    const { exitCode, oomKilled, finishedAt } = exit;
    const folders = this.#folders;
    const failed = exitCode !== 0;
    this.#probers.get(container.name)?.stop();
    this.#probers.delete(container.name);
    const { startedAt } = container;
    const message = spec === undefined ? "" : await terminationMessage(spec, podPaths.termination(folders, container.name), podPaths.log(folders, container.name, container.restartCount), failed);
    if (container.id !== id) return;
    const reason = oomKilled ? "OOMKilled" : failed ? "Error" : "Completed";
    const finished = finishedAt.toISOString();
    endContainer(container, { containerID: `keelson://${id}`, exitCode, reason, startedAt, finishedAt: finished, ...(message === "" ? {} : { message }) });
    // Known before it is seen by anybody: an end must not be forgotten.
    await this.#save();
    this.#exits.get(id)?.resolve();
    this.#exits.delete(id);
    this.wake();
    await this.#context.runtime.remove(id);
  }

  async #refresh(): Promise<void> {
    try {
      await refreshVolumes(this.#pod, podPaths.volumes(this.#folders), this.#context.sources, this.#addresses);
    } catch (error) {
      this.#context.log.debug({ err: error, pod: this.#pod.metadata.name }, "volumes could not be refreshed");
    }
  }

  /** Nothing runs any more: gives back what the pod held, and says its last word. */
  #finish(): void {
    if (this.#finishing || this.#preparing || this.#starting || (this.#over && this.#stop === undefined)) return;
    this.#finishing = true;
    void this.#release().catch((err) => {
      this.#context.log.error({ err, pod: this.#pod.metadata.name }, "pod could not be taken away, trying again");
      this.#finishing = false;
      setTimeout(() => this.wake(), LONGEST_RETRY_MS).unref();
    });
  }

  async #release(): Promise<void> {
    const order = this.#stop;
    clearTimeout(this.#refreshTimer);
    this.#publish(true);
    for (const id of this.#exits.keys()) await this.#context.runtime.remove(id);
    await releaseSandbox(this.#context, this.#pod, this.state);
    await removeCgroup(`${this.#context.cgroupParent}/pod${this.#pod.metadata.uid}`);
    this.#volumes = undefined;
    if (order?.why === "node" || order === undefined) {
      await this.#save();
      await this.#publisher.settled();
      if (order !== undefined) this.#done.resolve();
      this.#over = true;
      this.#finishing = false;
      this.wake();
      return;
    }
    await removeVolumes(podPaths.volumes(this.#folders));
    await this.#publisher.settled();
    this.#released = true;
    if (order.why === "deleted") await this.#context.removePod(this.#pod);
    this.#done.resolve();
  }
}
