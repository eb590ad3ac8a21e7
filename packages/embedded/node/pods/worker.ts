import type { Container, Live, Pod } from "@keelson/kube";
import { longestTimerMs } from "../../machine/longest-timer.ts";
import { removeCgroup } from "../runtime/cgroups.ts";
import type { ExecContext } from "../runtime/runtime.ts";
import { type MountedVolume, refreshVolumes, removeVolumes } from "../volumes/volumes.ts";
import { activeDeadline, DEADLINE_EXCEEDED } from "./active-deadline.ts";
import { noteBackoff } from "./back-off-note.ts";
import { LONGEST_RETRY_MS, retryAt, retrySoon } from "./backoff.ts";
import { type PodFolders, podPaths } from "./container-config.ts";
import { ContainerDriver } from "./container-driver.ts";
import type { PodContext } from "./context.ts";
import { containersInOrder, planPod } from "./plan.ts";
import { StatusPublisher } from "./publisher.ts";
import { prepareSandbox, releaseSandbox } from "./sandbox.ts";
import { type Backoff, newContainer, type PodState } from "./state.ts";
import { savePod, saveState } from "./state-file.ts";
import { podStatus } from "./status.ts";
import { type StopOrder, stricter } from "./stop-order.ts";
import { SHORTEST_GRACE_MS } from "./stopping.ts";
import { VolumeRefresh } from "./volume-refresh.ts";

/**
 * Brings one pod to what its object says, and tells the API what has become of it. Everything that takes time runs beside the
 * worker and wakes it when it is done; the worker itself only looks, plans and sets things going.
 *
 * Its life: `resume` after an earlier process; `update` and `wake` whenever anything changes; `stop` once or more, each making the end
 * come sooner; `done` when the node holds nothing of it any more. After `freeze` it does nothing, and the pod runs on.
 */
export class PodWorker {
  readonly #context: PodContext;
  readonly #publisher: StatusPublisher;
  readonly #driver: ContainerDriver;
  readonly #volumeRefresh = new VolumeRefresh(
    () => this.#refresh(),
    (message) => this.#noteMountTrouble(message),
  );
  /** Given once nothing more is to be started. */
  readonly #ending = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  readonly state: PodState;
  #pod: Live<Pod>;
  #volumes: ReadonlyMap<string, MountedVolume> | undefined;
  #stop: StopOrder | undefined;
  #preparing = false;
  /** Something has changed that volumes which are being made may not show. */
  #outdated = false;
  #starting = false;
  #finishing = false;
  /** It ended by itself and holds nothing any more. */
  #over = false;
  /** Everything of it is given back; nothing is written any more. */
  #released = false;
  #frozen = false;
  #prepareBackoff: Backoff | undefined;
  #saving: Promise<void> = Promise.resolve();
  #wakeTimer: NodeJS.Timeout | undefined;
  #scheduled = false;

  constructor(context: PodContext, pod: Live<Pod>, state: PodState) {
    this.#context = context;
    this.#publisher = new StatusPublisher(context);
    this.#pod = pod;
    this.state = state;
    for (const { spec, role } of containersInOrder(pod)) state.containers[spec.name] ??= newContainer(spec.name, role);
    const self = this;
    this.#driver = new ContainerDriver(context, {
      state,
      get pod() {
        return self.#pod;
      },
      get volumes() {
        return self.#volumes;
      },
      get stopGraceMs() {
        return self.#stop?.graceMs;
      },
      ending: this.#ending.signal,
      save: () => this.#save(),
      wake: () => this.wake(),
    });
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
    for (const container of Object.values(this.state.containers)) this.#driver.resume(container);
    this.wake();
  }

  update(pod: Live<Pod>): void {
    const before = this.#pod;
    this.#pod = pod;
    if (before.metadata.resourceVersion !== pod.metadata.resourceVersion) void this.remember().catch(() => {});
    const { annotations, labels } = pod.metadata;
    if (JSON.stringify([annotations, labels]) !== JSON.stringify([before.metadata.annotations, before.metadata.labels]))
      this.refreshSoon();
    this.wake();
  }

  /** Writes the pod's object as it is now to the disk, for a node process that comes later. */
  remember(): Promise<void> {
    const saved = this.#saving.then(() => (this.#released ? undefined : savePod(this.#folders, this.#pod)));
    this.#saving = saved.catch(() => {});
    return saved;
  }

  /** Ends the pod. A later, stricter order counts. */
  stop(order: StopOrder): void {
    this.#stop = stricter(this.#stop, order);
    this.#driver.shortenStops(Date.now() + Math.max(SHORTEST_GRACE_MS, order.graceMs));
    this.wake();
  }

  /** Lets everything run and does nothing more. */
  freeze(): void {
    this.#frozen = true;
    this.#ending.abort();
    clearTimeout(this.#wakeTimer);
    void this.#volumeRefresh.end();
    this.#driver.freeze();
  }

  /** Something that the pod's volumes or variables come from has changed. */
  refreshSoon(): void {
    if (this.#volumes === undefined) {
      this.#outdated = true;
      this.#prepareBackoff = undefined;
      this.wake();
      return;
    }
    for (const container of Object.values(this.state.containers)) {
      if (container.waiting?.reason === "CreateContainerConfigError") delete container.pullBackoff;
    }
    this.wake();
    this.#volumeRefresh.soon();
  }

  containerExited(id: string): Promise<void> {
    return this.#driver.exited(id);
  }

  /** Looks for ends that nobody told of; to be called now and then. */
  checkLost(): Promise<void> {
    return this.#driver.checkLost();
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
    const spec = this.#driver.spec(name);
    if (container?.phase !== "running" || container.id === undefined || spec === undefined) return undefined;
    const context = this.#context.runtime.execContext(container.id);
    return context === undefined ? undefined : { id: container.id, context, spec };
  }

  get #folders(): PodFolders {
    return this.#context.folders(this.#pod.metadata.uid);
  }

  #sync(): void {
    const now = Date.now();
    const deadline = this.#checkDeadline(now);
    const plan = planPod(this.#pod, this.state, now, this.#stop !== undefined);
    if (plan.ending) this.#ending.abort();
    for (const name of plan.stop) void this.#driver.stop(name, `Stopping container ${name}`);
    if (plan.finished) this.#finish();
    else if (!plan.ending) this.#begin(plan.start[0]);
    for (const name of plan.waiting.keys()) this.#noteBackoff(name);
    this.#publish(plan.finished);
    const isTriedAgain = !this.#preparing && !plan.ending;
    this.#wakeAt([plan.wakeAt, deadline, isTriedAgain ? retryAt(this.#prepareBackoff) : undefined]);
  }

  /** What containers stand on comes first, also under those that an earlier process has left running: their volumes are kept fresh. */
  #begin(next: string | undefined): void {
    const { sandbox } = this.state;
    const isPrepared = this.#volumes !== undefined && sandbox !== undefined;
    if (!isPrepared && (next !== undefined || sandbox !== undefined)) void this.#prepare();
    else if (next !== undefined) void this.#start(next);
  }

  #wakeAt(times: readonly (number | undefined)[]): void {
    clearTimeout(this.#wakeTimer);
    const next = Math.min(...times.filter((time) => time !== undefined));
    const waitMs = Math.min(longestTimerMs, Math.max(1, next - Date.now()));
    if (Number.isFinite(next)) this.#wakeTimer = setTimeout(() => this.wake(), waitMs);
  }

  #publish(finished: boolean): void {
    if (this.#stop?.why === "gone" || this.#released) return;
    const lastConditions = this.#publisher.latest?.conditions;
    const status = podStatus({
      pod: this.#pod,
      state: this.state,
      hostIP: this.#context.hostIP,
      finished: finished && this.#stop?.why !== "node",
      now: Date.now(),
      ...(lastConditions === undefined ? {} : { lastConditions }),
    });
    this.#publisher.publish(this.#pod, status);
  }

  /** Resolves when the state as it is now is on disk. Writes go one after another. */
  #save(): Promise<void> {
    this.#saving = this.#saving
      .then(() => (this.#released ? undefined : saveState(this.#folders, this.state)))
      .catch((err) => this.#context.log.error({ err, pod: this.#pod.metadata.name }, "state could not be written"));
    return this.#saving;
  }

  /** Ends a pod whose activeDeadlineSeconds are over; answers when that will be. */
  #checkDeadline(now: number): number | undefined {
    const end = this.#stop === undefined ? activeDeadline(this.#pod, this.state) : undefined;
    if (end === undefined || now < end) return end;
    this.state.ended = DEADLINE_EXCEEDED;
    void this.#save();
    return undefined;
  }

  async #prepare(): Promise<void> {
    if (this.#preparing || (retryAt(this.#prepareBackoff) ?? 0) > Date.now()) return;
    this.#preparing = true;
    this.#outdated = false;
    try {
      this.#volumes = await prepareSandbox(this.#context, this.#pod, this.state, {
        save: () => this.#save(),
        ending: this.#ending.signal,
      });
      this.#prepareBackoff = undefined;
      if (this.#outdated) this.#volumeRefresh.soon();
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      this.#prepareBackoff = retrySoon(this.#prepareBackoff, Date.now());
      const message = error instanceof Error ? error.message : String(error);
      const reason = message.startsWith("MountVolume") ? "FailedMount" : "FailedCreatePodSandBox";
      this.#context.record(this.#pod, { type: "Warning", reason, message });
    } finally {
      this.#preparing = false;
      this.wake();
    }
  }

  /** One container at a time: the next one waits for this one's postStart hook, as the kubelet has it. */
  async #start(name: string): Promise<void> {
    if (this.#starting) return;
    this.#starting = true;
    try {
      await this.#driver.start(name);
    } finally {
      this.#starting = false;
      this.wake();
    }
  }

  #noteBackoff(name: string): void {
    const container = this.state.containers[name];
    const event = container && noteBackoff(this.#pod, container, this.#driver.spec(name)?.image ?? "");
    if (event !== undefined) this.#context.record(this.#pod, event);
  }

  #refresh(): Promise<readonly string[]> {
    const addresses = { podIP: this.state.sandbox?.ip ?? "", hostIP: this.#context.hostIP };
    const { sources } = this.#context;
    return refreshVolumes({ pod: this.#pod, folders: podPaths.volumes(this.#folders), sources, addresses });
  }

  /** Of a pod that is being deleted the Secrets may go first. */
  #noteMountTrouble(message: string): void {
    if (this.#stop === undefined) this.#context.record(this.#pod, { type: "Warning", reason: "FailedMount", message });
  }

  /** Nothing runs any more: gives back what the pod held, and says its last word. */
  #finish(): void {
    if (this.#finishing || this.#preparing || this.#starting || (this.#over && this.#stop === undefined)) return;
    this.#finishing = true;
    void this.#release().catch((err) => {
      this.#context.log.error({ err, pod: this.#pod.metadata.name }, "pod could not be taken away, trying again");
      this.#finishing = false;
      this.#wakeAt([Date.now() + LONGEST_RETRY_MS]);
    });
  }

  async #release(): Promise<void> {
    const order = this.#stop;
    await this.#volumeRefresh.end();
    this.#publish(true);
    await this.#driver.removeAll();
    await releaseSandbox(this.#context, this.#pod, this.state);
    await removeCgroup(`${this.#context.cgroupParent}/pod${this.#pod.metadata.uid}`);
    this.#volumes = undefined;
    if (order === undefined || order.why === "node") {
      await this.#save();
      await this.#publisher.settled();
      // It stays as finishing: nothing is left that could be given back once more.
      if (order !== undefined) return this.#done.resolve();
      this.#over = true;
      this.#finishing = false;
      return this.wake();
    }
    await removeVolumes(podPaths.volumes(this.#folders));
    await this.#publisher.settled();
    this.#released = true;
    await this.#saving;
    if (order.why === "deleted") await this.#context.removePod(this.#pod);
    this.#done.resolve();
  }
}
