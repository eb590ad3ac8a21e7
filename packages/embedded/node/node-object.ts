/** The node as the API shows it: its Node object, and the Lease that says it is alive. */

import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { type Client, Informer, isConflict, isNotFound, kinds, type Live, type Logger, type Node } from "@keelson/kube";
import type { ImageStore } from "./images/index.ts";

export interface NodeIdentity {
  readonly name: string;
  readonly index: number;
  readonly ip: string;
  readonly podCidr: string;
  readonly kubeletSocket: string;
  /** On the disk whose size is the node's ephemeral storage. */
  readonly data: string;
  readonly bootId: string;
}

/** The annotation by which the API server finds the kubelet API of this node. */
export const SOCKET_ANNOTATION = "keelson.dev/kubelet-socket";

const MAX_PODS = 110;
const LEASE_NAMESPACE = "kube-node-lease";
/** The node lifecycle controller calls a node silent after 10 s: three renewals may be lost before. */
const LEASE_SECONDS = 10;
const LEASE_RENEW_MS = 2_500;
/** The kubelet's own rhythm for a status that has not changed. */
const STATUS_MS = 5 * 60_000;
const RETRY_MS = 500;
/** The version of Kubernetes whose behaviour this node follows. */
export const KUBELET_VERSION = "v1.34.1";

type Status = NonNullable<Node["status"]>;

export class NodeRegistration {
  readonly #client: Client;
  readonly #identity: NodeIdentity;
  readonly #images: ImageStore;
  readonly #log: Logger;
  #node: Live<Node> | undefined;
  #leaseTimer: NodeJS.Timeout | undefined;
  #statusTimer: NodeJS.Timeout | undefined;
  #stopped = false;
  #answering: Promise<void> = Promise.resolve();
  /** Ends the watch on our own Node. */
  readonly #ended = new AbortController();

  constructor(options: { client: Client; identity: NodeIdentity; images: ImageStore; log: Logger }) {
    this.#client = options.client;
    this.#identity = options.identity;
    this.#images = options.images;
    this.#log = options.log;
  }

  /** Makes the Node, or brings an old one up to date; tries until it succeeds. Then it is Ready and its Lease is kept. */
  async register(): Promise<Live<Node>> {
    for (;;) {
      try {
        await this.#ensureNode();
        await this.#writeStatus("True");
        break;
      } catch (err) {
        if (this.#stopped) throw err;
        this.#log.warn({ err }, "node could not be registered yet");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    void this.#renewLease();
    this.#leaseTimer = setInterval(() => void this.#renewLease(), LEASE_RENEW_MS);
    this.#statusTimer = setInterval(() => void this.#writeStatus("True").catch(() => {}), STATUS_MS);
    this.#answerDoubts();
    if (this.#node === undefined) throw new Error("node was registered but is not known");
    return this.#node;
  }

  /**
   * The node lifecycle controller calls a node that was not heard `Unknown`. It leaves it to the node to say that it is well: without
   * an answer the node would stay out of service until the next status of its own, minutes later.
   */
  #answerDoubts(): void {
    const selection = { fieldSelector: `metadata.name=${this.#identity.name}` };
    const own = new Informer<Node>({ client: this.#client, kind: kinds.Node, selection, logger: this.#log });
    own.subscribe(({ type, object }) => {
      const ready = object.status?.conditions?.find((each) => each.type === "Ready");
      if (this.#stopped || type === "deleted" || ready?.status !== "Unknown") return;
      this.#log.warn({ reason: ready.reason }, "the node was called silent; saying that it is well");
      this.#node = object;
      this.#answering = this.#answering.then(() => this.#sayWell());
    });
    own.start(this.#ended.signal).catch((err) => {
      if (!this.#ended.signal.aborted) this.#log.error({ err }, "the node's own object is not followed any more");
    });
  }

  /** Tries until it succeeds: who called us silent may have done so because the API server could not be reached, and may not be now. */
  async #sayWell(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#writeStatus("True");
        return;
      } catch (err) {
        this.#log.warn({ err }, "node status could not be written, trying again");
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Says that the node takes no more pods to run, and stops saying that it is alive. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#leaseTimer);
    clearInterval(this.#statusTimer);
    this.#ended.abort();
    await this.#writeStatus("False").catch(() => {});
  }

  /** Stops without a word, as when the process is killed. */
  freeze(): void {
    this.#stopped = true;
    clearInterval(this.#leaseTimer);
    clearInterval(this.#statusTimer);
    this.#ended.abort();
  }

  async #ensureNode(): Promise<void> {
    const { name, podCidr, kubeletSocket } = this.#identity;
    const labels = {
      "kubernetes.io/hostname": name,
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": process.arch === "x64" ? "amd64" : process.arch,
      "beta.kubernetes.io/os": "linux",
      "beta.kubernetes.io/arch": process.arch === "x64" ? "amd64" : process.arch,
    };
    const annotations = { [SOCKET_ANNOTATION]: kubeletSocket };
    const known = await this.#client.get(kinds.Node, { name });
    this.#node =
      known === undefined
        ? await this.#client.create(kinds.Node, {
            metadata: { name, labels, annotations },
            spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
          })
        : await this.#client.patch(
            kinds.Node,
            { name },
            { type: "merge", body: { metadata: { labels, annotations } } },
          );
  }

  async #writeStatus(ready: "True" | "False"): Promise<void> {
    const status = await this.#status(ready);
    this.#node = await this.#client.patch(
      kinds.Node,
      { name: this.#identity.name },
      { type: "strategic", body: { status } },
      { subresource: "status" },
    );
  }

  async #status(ready: "True" | "False"): Promise<Status> {
    const { data, ip, name, bootId } = this.#identity;
    const disk = await statfs(data);
    const images = await this.#images.list();
    const resources = {
      cpu: String(cpus().length),
      memory: `${Math.floor(totalmem() / 1024)}Ki`,
      pods: String(MAX_PODS),
      "ephemeral-storage": `${Math.floor((disk.blocks * disk.bsize) / 1024)}Ki`,
      "hugepages-1Gi": "0",
      "hugepages-2Mi": "0",
    };
    const ok = ready === "True";
    return {
      capacity: resources,
      allocatable: resources,
      conditions: [
        this.#condition(
          "MemoryPressure",
          "False",
          "KubeletHasSufficientMemory",
          "kubelet has sufficient memory available",
        ),
        this.#condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        this.#condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        this.#condition(
          "Ready",
          ready,
          ok ? "KubeletReady" : "KubeletStopping",
          ok ? "kubelet is posting ready status" : "the node is being stopped",
        ),
      ],
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: readText("/etc/machine-id"),
        systemUUID: readText("/etc/machine-id"),
        bootID: bootId,
        kernelVersion: release(),
        osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(readText("/etc/os-release"))?.[1] ?? "Linux",
        containerRuntimeVersion: "keelson://0.1.0",
        kubeletVersion: KUBELET_VERSION,
        kubeProxyVersion: "",
        operatingSystem: "linux",
        architecture: process.arch === "x64" ? "amd64" : process.arch,
      },
      images: images.map(({ reference, id, sizeBytes }) => ({ names: [`${reference}@${id}`, reference], sizeBytes })),
    };
  }

  #condition(type: string, status: "True" | "False", reason: string, message: string) {
    const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const known = this.#node?.status?.conditions?.find((each) => each.type === type);
    const since = known?.status === status ? known.lastTransitionTime : now;
    return { type, status, reason, message, lastHeartbeatTime: now as never, lastTransitionTime: since as never };
  }

  async #renewLease(): Promise<void> {
    const { name } = this.#identity;
    const renewTime = new Date().toISOString().replace("Z", "000Z") as never;
    const spec = { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime };
    const options = { timeoutMs: LEASE_RENEW_MS };
    try {
      await this.#client.patch(
        kinds.Lease,
        { namespace: LEASE_NAMESPACE, name },
        { type: "merge", body: { spec } },
        options,
      );
    } catch (error) {
      if (!isNotFound(error)) return this.#log.warn({ err: error }, "lease could not be renewed");
      const owner = { apiVersion: "v1", kind: "Node", name, uid: this.#node?.metadata.uid ?? "" };
      await this.#client
        .create(
          kinds.Lease,
          { metadata: { name, namespace: LEASE_NAMESPACE, ownerReferences: [owner] }, spec },
          options,
        )
        .catch((err) => {
          if (!isConflict(err)) this.#log.warn({ err }, "lease could not be made");
        });
    }
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
