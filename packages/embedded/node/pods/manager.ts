/** All pods of a node: one worker each, started, updated and ended as the API says. */

import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Informer, keyOf, type Live, type Pod } from "@keelson/kube";
import { mountPoints } from "../mount-points.ts";
import { runCommand } from "../network/command.ts";
import { adopt } from "./adopt.ts";
import { type PodFolders, podPaths } from "./container-config.ts";
import type { PodContext } from "./context.ts";
import type { PodState } from "./state.ts";
import { loadPod, loadState, savedPods } from "./state-file.ts";
import type { StopOrder } from "./stop-order.ts";
import { PodWorker } from "./worker.ts";

/** A pod that vanished from the API, and did not say how long it may take to end. Milliseconds. */
const DEFAULT_GRACE_MS = 30_000;

export interface PodManagerOptions {
  readonly context: PodContext;
  readonly pods: Informer<Pod>;
  /** DATA/pods. */
  readonly folder: string;
  /** Nothing of the pod is left. */
  readonly onForget: (uid: string) => void;
}

export class PodManager {
  readonly #options: PodManagerOptions;
  /** By uid. */
  readonly #workers = new Map<string, PodWorker>();
  /** Pods that wait for one of the same name to be gone, by namespace/name. */
  readonly #successors = new Map<string, Live<Pod>>();
  #ending = false;

  constructor(options: PodManagerOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier process left, then follows the API. The informer must be synced. */
  async start(): Promise<void> {
    const { context, pods, folder } = this.#options;
    const wanted = new Map(pods.list().map((pod) => [pod.metadata.uid, pod]));
    const saved = await Promise.all((await savedPods(folder)).map((uid) => this.#load(uid, wanted.get(uid))));
    // First all are there, with their addresses; then they go on.
    const workers = saved.filter((each) => each !== undefined).map(({ pod, state }) => this.#add(pod, state));
    await this.#removeUnknownContainers(workers);
    for (const worker of workers) {
      worker.resume();
      if (!wanted.has(worker.pod.metadata.uid)) worker.stop(orderFor(worker.pod, "gone"));
    }
    pods.subscribe((change) => {
      if (change.type === "deleted") this.#removed(change.object);
      else this.#changed(change.object);
    });
    context.log.info({ pods: this.#workers.size }, "pods taken up");
  }

  /** All pods that the node has to do with. */
  list(): PodWorker[] {
    return [...this.#workers.values()];
  }

  find(namespace: string, name: string): PodWorker | undefined {
    return this.list().find(({ pod }) => pod.metadata.namespace === namespace && pod.metadata.name === name);
  }

  containerExited(id: string): void {
    for (const worker of this.#workers.values())
      worker.containerExited(id).catch((err) => this.#warn(err, worker.pod, "end of a container could not be noted"));
  }

  /**
   * Ends every pod, side by side: whoever ends the node waits as long as the slowest of them may take, not the sum of several.
   * The pods stay in the API, and start again with the node.
   */
  async endAll(graceMs: number): Promise<void> {
    this.#ending = true;
    await Promise.all(
      this.list().map((worker) => {
        const own = (worker.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
        worker.stop({ graceMs: Math.min(own, graceMs), why: "node" });
        return worker.done;
      }),
    );
  }

  /** Leaves everything running as it is. */
  freeze(): void {
    this.#ending = true;
    for (const worker of this.#workers.values()) worker.freeze();
  }

  async #load(uid: string, wanted: Live<Pod> | undefined): Promise<{ pod: Live<Pod>; state: PodState } | undefined> {
    const { context } = this.#options;
    const folders = context.folders(uid);
    const [known, saved] = await Promise.all([loadState(folders), loadPod(folders)]);
    const pod = wanted ?? saved;
    if (pod === undefined) {
      await removeForgotten(folders).catch((err) =>
        context.log.warn({ err, uid }, "what a forgotten pod has left could not be removed"),
      );
      return undefined;
    }
    const state = known ?? this.#newState(pod);
    if (!existsSync(join(podPaths.namespaces(folders), "uts"))) delete state.sandbox;
    const restartPolicy = pod.spec?.restartPolicy ?? "Always";
    adopt(state, { bootId: context.bootId, restartPolicy, runtime: context.runtime, now: new Date() });
    return { pod, state };
  }

  /** A container whose start was cut off may run without anybody knowing it: its successor must not meet it. */
  async #removeUnknownContainers(workers: readonly PodWorker[]): Promise<void> {
    const { runtime } = this.#options.context;
    const known = new Set(
      workers.flatMap(({ state }) =>
        Object.values(state.containers).map(({ phase, id }) => (phase === "running" ? id : undefined)),
      ),
    );
    for (const id of await runtime.list()) if (!known.has(id)) await runtime.remove(id);
  }

  #newState(pod: Live<Pod>): PodState {
    const { uid, name, namespace = "default" } = pod.metadata;
    const startTime = (pod.status?.startTime as string | undefined) ?? new Date().toISOString().replace(/\.\d+Z$/, "Z");
    return { uid, namespace, name, bootId: this.#options.context.bootId, startTime, containers: {} };
  }

  #changed(pod: Live<Pod>): void {
    if (this.#ending) return;
    const { uid, deletionTimestamp, namespace = "default", name } = pod.metadata;
    const known = this.#workers.get(uid);
    if (known === undefined) {
      const finished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
      if (finished && deletionTimestamp === undefined) return;
      if (this.find(namespace, name) !== undefined) {
        this.#successors.set(keyOf(pod), pod);
        return;
      }
      this.#options.context.log.debug({ pod: name, namespace, uid }, "pod is new here");
      const worker = this.#add(pod, this.#newState(pod));
      // Without it (a full disk) the pod runs all the same; only a node process that comes later knows less.
      worker.remember().catch((err) => this.#warn(err, pod, "pod could not be written"));
      worker.wake();
    }
    const worker = this.#workers.get(uid);
    worker?.update(pod);
    if (deletionTimestamp !== undefined) worker?.stop(orderFor(pod, "deleted"));
  }

  #removed(pod: Live<Pod>): void {
    const waiting = this.#successors.get(keyOf(pod));
    if (waiting?.metadata.uid === pod.metadata.uid) this.#successors.delete(keyOf(pod));
    this.#workers.get(pod.metadata.uid)?.stop(orderFor(pod, "gone"));
  }

  #add(pod: Live<Pod>, state: PodState): PodWorker {
    const { uid } = pod.metadata;
    if (state.sandbox?.veth !== undefined) this.#options.context.addresses.reserve(state.sandbox.ip);
    const worker = new PodWorker(this.#options.context, pod, state);
    this.#workers.set(uid, worker);
    worker.done
      .then(() => this.#forget(worker))
      .catch((err) => this.#warn(err, worker.pod, "pod could not be forgotten"));
    return worker;
  }

  #warn(err: unknown, pod: Live<Pod>, message: string): void {
    this.#options.context.log.warn({ err, pod: pod.metadata.name, namespace: pod.metadata.namespace }, message);
  }

  async #forget(worker: PodWorker): Promise<void> {
    const { uid } = worker.pod.metadata;
    this.#workers.delete(uid);
    if (this.#ending) return;
    const folders = this.#options.context.folders(uid);
    await Promise.all(
      [folders.disk, folders.memory].map((folder) =>
        rm(folder, { recursive: true, force: true }).catch((err) =>
          this.#warn(err, worker.pod, "folder of an ended pod could not be removed"),
        ),
      ),
    );
    const key = keyOf(worker.pod);
    const successor = this.#successors.get(key);
    this.#successors.delete(key);
    if (successor !== undefined) this.#changed(this.#options.pods.get(key) ?? successor);
    this.#options.onForget(uid);
  }
}

/** What is left of a pod that neither the API nor the disk knows: it was cut off at its beginning, or at its end. */
async function removeForgotten({ disk, memory }: PodFolders): Promise<void> {
  for (const point of mountPoints(memory)) await runCommand(["umount", "--lazy", point]);
  for (const folder of [memory, disk]) await rm(folder, { recursive: true, force: true });
}

function orderFor(pod: Live<Pod>, why: StopOrder["why"]): StopOrder {
  const seconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds;
  return { graceMs: seconds === undefined ? DEFAULT_GRACE_MS : seconds * 1000, why };
}

/** Where a pod's files are. */
export function podFolders(data: string, run: string, uid: string): { disk: string; memory: string } {
  return { disk: join(data, "pods", uid), memory: join(run, "pods", uid) };
}
