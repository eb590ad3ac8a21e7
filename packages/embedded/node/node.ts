/** A node: everything that runs in its process, put together. Must run inside the node's network namespace. */

import type { Server } from "node:net";
import { cpus } from "node:os";
import { basename, dirname, join } from "node:path";
import {
  type Client,
  EventRecorder,
  Informer,
  isConflict,
  isNotFound,
  type KubeObject,
  kinds,
  type Live,
  type Logger,
  type Pod,
} from "@keelson/kube";
import { privateFolder } from "../machine/private-folder.ts";
import { openImageStore } from "./images/index.ts";
import { startKubeletServer } from "./kubelet/server.ts";
import { AddressPool } from "./network/address-pool.ts";
import { API_ADDRESS, API_PORT, DNS_ADDRESS, nodeAddress, podCidr } from "./network/addresses.ts";
import { startApiRelay, startHostRelay } from "./network/api-relay.ts";
import { type DnsServer, informerDnsSource, startDnsServer } from "./network/dns-server.ts";
import { ServiceProxy } from "./network/services.ts";
import { NodeRegistration } from "./node-object.ts";
import type { PodContext } from "./pods/context.ts";
import { rotateLogs } from "./pods/log-rotation.ts";
import { PodManager, podFolders } from "./pods/manager.ts";
import { PodWatcher } from "./pods/watch-references.ts";
import { ownCapabilities } from "./runtime/capabilities.ts";
import { cgroupVersion, weighPods } from "./runtime/cgroups.ts";
import { bootId } from "./runtime/process.ts";
import { Runtime } from "./runtime/runtime.ts";
import { ApiSources } from "./volumes/api-sources.ts";
import { removeSubPathMounts } from "./volumes/sub-path.ts";

export interface NodeOptions {
  readonly name: string;
  /** 1 to 9. */
  readonly index: number;
  /** Folder for what is gone after a reboot; its parent's name goes into the names of cgroups. */
  readonly run: string;
  readonly data: string;
  readonly images: string;
  readonly apiSocket: string;
  readonly registries: "auto" | "never";
  readonly client: () => Promise<Client>;
  readonly log: Logger;
}

/** Between two looks at the sizes of logs, and at volumes whose content has a date. */
const HOUSEKEEPING_MS = 10_000;
const TOKEN_CHECK_MS = 60_000;
const REMOVE_RETRY_MS = 1000;

export class EmbeddedNode {
  readonly #options: NodeOptions;
  readonly #stop = new AbortController();
  readonly #closers: (() => void)[] = [];
  #manager: PodManager | undefined;
  #registration: NodeRegistration | undefined;

  constructor(options: NodeOptions) {
    this.#options = options;
  }

  /** Resolves when the node is Ready and follows the API. */
  async start(): Promise<void> {
    const { name, index, run, data, log } = this.#options;
    // Below are files of all users: what pods write, and images with programs that run as their owner.
    await Promise.all([run, join(data, "pods"), this.#options.images].map(privateFolder));
    this.#closeLater(await startApiRelay({ address: API_ADDRESS, port: API_PORT, apiSocket: this.#options.apiSocket }));
    this.#closeLater(await startHostRelay(join(run, "relay.sock")));
    const client = await this.#options.client();
    const ip = nodeAddress(index);
    const images = openImageStore({
      folder: this.#options.images,
      registries: this.#options.registries,
      // The node's own network reaches nothing outside; its supervisor's does.
      enterHostNetwork: ["nsenter", `--net=/proc/${process.ppid}/ns/net`],
      onProgress: (image, step) => log.info({ image, step }, "image in progress"),
    });

    const informer = <T extends KubeObject>(
      kind: Parameters<typeof makeInformer<T>>[0]["kind"],
      extra: object = {},
    ): Informer<T> => makeInformer<T>({ client, kind, log, signal: this.#stop.signal, ...extra });
    const services = informer(kinds.Service);
    const slices = informer(kinds.EndpointSlice);
    const pods = informer(kinds.Pod, { selection: { fieldSelector: `spec.nodeName=${name}` } });

    const kubeletSocket = join(run, "kubelet.sock");
    const identity = { name, index, ip, podCidr: podCidr(index), kubeletSocket, data, bootId: bootId() };
    this.#registration = new NodeRegistration({ client, identity, images, log });
    const [node] = await Promise.all([
      this.#registration.register(),
      ...[services, slices, pods].map((each) => each.synced(this.#stop.signal)),
    ]);

    const proxy = new ServiceProxy({ services, slices, nodeAddress: ip, log });
    await proxy.start();
    this.#closers.push(() => proxy.stop());
    const dns: DnsServer = await startDnsServer({
      address: DNS_ADDRESS,
      port: 53,
      source: informerDnsSource({ services, slices }),
      log,
    });
    this.#closers.push(() => dns.close());

    const clusterCgroup = `/${basename(dirname(run))}`;
    await weighPods(clusterCgroup, cpus().length);
    const runtime = new Runtime(join(run, "runtime"), (id) => this.#manager?.containerExited(id));
    this.#closers.push(() => runtime.close());
    const sources = new ApiSources(client, images);
    const recorder = new EventRecorder({ client, component: "kubelet", logger: log });
    const context: PodContext = {
      log,
      runtime,
      images,
      sources,
      hostIP: ip,
      cgroupParent: `${clusterCgroup}/${name}`,
      cgroupVersion: cgroupVersion(),
      ownCapabilities: ownCapabilities(),
      bootId: identity.bootId,
      addresses: new AddressPool(index),
      subPathFolder: join(run, "subpaths"),
      folders: (uid) => podFolders(data, run, uid),
      services: (namespace) => [
        ...services.list(namespace),
        ...(namespace === "default" ? [] : services.list("default")),
      ],
      record: (pod, event) => recorder.record(pod, event),
      writeStatus: (pod, status) => writeStatus(client, pod, status),
      removePod: (pod) => removePod(client, pod, log, this.#stop.signal),
    };
    const references = new PodWatcher({ client, log, signal: this.#stop.signal });
    this.#manager = new PodManager({
      context,
      pods,
      folder: join(data, "pods"),
      onForget: (uid) => sources.forget(uid),
    });
    await removeSubPathMounts(context.subPathFolder);
    await this.#manager.start();
    references.start((key) => {
      for (const worker of this.#manager?.list() ?? []) if (references.concerns(worker.pod, key)) worker.refreshSoon();
    });
    this.#closeLater(
      await startKubeletServer({
        path: kubeletSocket,
        manager: this.#manager,
        runtime,
        log,
        nodeName: name,
        folders: context.folders,
        cgroupParent: context.cgroupParent,
      }),
    );
    this.#every(HOUSEKEEPING_MS, async () => {
      for (const worker of this.#manager?.list() ?? []) await worker.checkLost();
      await rotateLogs(this.#manager?.list() ?? [], context);
    });
    this.#every(TOKEN_CHECK_MS, async () => {
      for (const worker of this.#manager?.list() ?? []) {
        if (sources.needsRenewal(worker.state.uid, Date.now())) worker.refreshSoon();
      }
    });
    log.info({ node: node.metadata.name, address: ip }, "node is ready");
  }

  /** Ends all pods in order, then everything else. They start again with the node. */
  async stop(graceMs: number): Promise<void> {
    await this.#manager?.endAll(graceMs);
    await this.#registration?.stop();
    this.#close();
  }

  /** Ends the process's work and leaves the pods running. */
  leave(): void {
    this.#manager?.freeze();
    this.#registration?.freeze();
    this.#close();
  }

  #close(): void {
    this.#stop.abort();
    for (const close of this.#closers) close();
  }

  #closeLater(server: Server): void {
    this.#closers.push(() => server.close());
  }

  #every(ms: number, action: () => Promise<void>): void {
    const timer = setInterval(
      () => void action().catch((err) => this.#options.log.warn({ err }, "housekeeping failed")),
      ms,
    );
    this.#closers.push(() => clearInterval(timer));
  }
}

function makeInformer<T extends KubeObject>(options: {
  client: Client;
  kind: Informer<T>["kind"];
  log: Logger;
  signal: AbortSignal;
  selection?: object;
  trim?: (object: Live<T>) => Live<T>;
}): Informer<T> {
  const { log, signal, ...rest } = options;
  const informer = new Informer<T>({ ...rest, logger: log });
  void informer.start(signal).catch((err) => {
    if (!signal.aborted) log.error({ err, resource: options.kind.plural }, "informer ended");
  });
  return informer;
}

async function writeStatus(client: Client, pod: Live<Pod>, status: NonNullable<Pod["status"]>): Promise<boolean> {
  const { name, namespace, uid } = pod.metadata;
  try {
    await client.patch(
      kinds.Pod,
      { namespace, name },
      { type: "strategic", body: { metadata: { uid }, status } },
      { subresource: "status" },
    );
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    if (!isConflict(error)) throw error;
    const present = await client.get(kinds.Pod, { namespace, name });
    if (present?.metadata.uid !== uid) return false;
    throw error;
  }
}

async function removePod(client: Client, pod: Live<Pod>, log: Logger, signal: AbortSignal): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  while (!signal.aborted) {
    try {
      await client.delete(kinds.Pod, { namespace, name }, { gracePeriodSeconds: 0, uid });
      return;
    } catch (err) {
      if (isConflict(err)) return;
      log.warn({ err, pod: name }, "ended pod could not be removed, trying again");
      await new Promise((resolve) => setTimeout(resolve, REMOVE_RETRY_MS));
    }
  }
}
