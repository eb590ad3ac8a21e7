/**
 * A simulated node for tests: plays the kubelet of one node by writing pod statuses, without running anything.
 *
 * Annotations on a pod steer it: `sim/ready: "false"` keeps it unready, `sim/exit: "N"` lets it end with that code at once,
 * `sim/stuck: "true"` leaves it in Pending.
 */
import { type Client, Informer, isConflict, isNotFound, keyOf, kinds, type Live, type Pod } from "@keelson/kube";
import { timestamp } from "../objects/time.ts";

/** What the node says of itself. */
export interface SimulatedNodeOptions {
  readonly client: Client;
  readonly name: string;
  /** 1..9: the pods' addresses are 10.244.INDEX.x. */
  readonly index: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly allocatable?: Readonly<Record<string, string>>;
}

const CAPACITY = { cpu: "8", memory: "16Gi", pods: "110", "ephemeral-storage": "100Gi" };

/** Time between signs of life. */
const RENEW_MS = 2_000;

export class SimulatedNode {
  readonly #o: SimulatedNodeOptions;
  readonly #busy = new Set<string>();
  /** Pods that changed while they were being looked at. */
  readonly #again = new Set<string>();
  readonly #stop = new AbortController();
  #lastIp = 0;

  constructor(options: SimulatedNodeOptions) {
    this.#o = options;
  }

  /** Registers the node and begins to run its pods. */
  async start(): Promise<void> {
    await this.#register();
    const pods = new Informer({
      client: this.#o.client,
      kind: kinds.Pod,
      selection: { fieldSelector: `spec.nodeName=${this.#o.name}` },
    });
    pods.subscribe(({ type, object }) => {
      if (type !== "deleted") void this.#look(object);
    });
    void pods.start(this.#stop.signal);
    await pods.synced();
    const renewing = setInterval(() => void this.renewLease().catch(() => undefined), RENEW_MS);
    this.#stop.signal.addEventListener("abort", () => clearInterval(renewing));
  }

  /** The node falls silent; its pods stay as they are. */
  stop(): void {
    this.#stop.abort();
  }

  async #register(): Promise<void> {
    const { client, name, labels } = this.#o;
    const allocatable = { ...CAPACITY, ...this.#o.allocatable };
    const all = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", ...labels };
    if ((await client.get(kinds.Node, { name })) === undefined) {
      await client.create(kinds.Node, { metadata: { name, labels: all } });
    }
    const at = timestamp(Date.now());
    const ready = {
      type: "Ready",
      status: "True",
      reason: "KubeletReady",
      message: "simulated",
      lastHeartbeatTime: at,
      lastTransitionTime: at,
    };
    await client.patch(
      kinds.Node,
      { name },
      { type: "merge", body: { status: { capacity: allocatable, allocatable, conditions: [ready] } } },
      { subresource: "status" },
    );
    await this.renewLease();
  }

  /** A sign of life. */
  async renewLease(): Promise<void> {
    const { client, name } = this.#o;
    const spec = {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    };
    await client.apply(kinds.Lease, { metadata: { namespace: "kube-node-lease", name }, spec }, { fieldManager: name });
  }

  async #look(pod: Live<Pod>): Promise<void> {
    const key = keyOf(pod);
    if (this.#stop.signal.aborted) return;
    if (this.#busy.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#busy.add(key);
    try {
      for (;;) {
        const live = await this.#o.client.get(kinds.Pod, {
          namespace: pod.metadata.namespace,
          name: pod.metadata.name,
        });
        if (live === undefined || this.#stop.signal.aborted || !(await this.#step(live))) break;
      }
    } catch (error) {
      if (!isNotFound(error) && !this.#stop.signal.aborted) throw error;
    } finally {
      this.#busy.delete(key);
    }
    if (this.#again.delete(key)) await this.#look(pod);
  }

  /** Does what is next for the pod; answers whether something may be left to do. */
  async #step(pod: Live<Pod>): Promise<boolean> {
    const { client } = this.#o;
    const ref = { namespace: pod.metadata.namespace, name: pod.metadata.name };
    const ended = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (!ended) await this.#write(pod, { phase: "Failed", exit: 137 });
      await client.delete(kinds.Pod, ref, { gracePeriodSeconds: 0, uid: pod.metadata.uid });
      return false;
    }
    const wants = pod.metadata.annotations ?? {};
    if (ended || wants["sim/stuck"] === "true") return false;
    const exit = wants["sim/exit"];
    if (exit !== undefined) {
      await this.#write(pod, { phase: exit === "0" ? "Succeeded" : "Failed", exit: Number(exit) });
      return true;
    }
    const ready = wants["sim/ready"] !== "false";
    const isNow = pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;
    if (pod.status?.phase === "Running" && ready === isNow) return false;
    await this.#write(pod, { phase: "Running", ready });
    return true;
  }

  async #write(pod: Live<Pod>, state: { phase: string; ready?: boolean; exit?: number }): Promise<void> {
    const at = timestamp(Date.now());
    const status = state.ready === true ? "True" : "False";
    const conditions = ["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", "PodScheduled"].map(
      (type) => ({
        type,
        status: type === "Ready" || type === "ContainersReady" ? status : "True",
        lastTransitionTime: at,
      }),
    );
    const podIP = pod.status?.podIP ?? `10.244.${this.#o.index}.${++this.#lastIp}`;
    const containerStatuses = (pod.spec?.containers ?? []).map(({ name, image = "" }) => ({
      name,
      image,
      imageID: "",
      ready: state.ready === true,
      restartCount: 0,
      state:
        state.exit === undefined
          ? { running: { startedAt: at } }
          : {
              terminated: {
                exitCode: state.exit,
                finishedAt: at,
                startedAt: at,
                reason: state.exit === 0 ? "Completed" : "Error",
              },
            },
    }));
    const next = {
      ...pod.status,
      phase: state.phase,
      conditions,
      containerStatuses,
      podIP,
      podIPs: [{ ip: podIP }],
      startTime: at,
    };
    try {
      await this.#o.client.replaceStatus(kinds.Pod, { ...pod, status: next });
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}
