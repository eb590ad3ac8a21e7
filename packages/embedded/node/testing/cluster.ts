/** A cluster for system tests: API server, controllers and nodes as processes of their own, everything below one temporary folder. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, type Container, kinds, type Live, type Pod } from "@keelson/kube";
import { freePort, until } from "@keelson/kube/testing";
import { layoutOf, nodeNames } from "../../cluster/layout.ts";
import { ensurePki } from "../../cluster/pki.ts";
import { CHECKOUT } from "../images/index.ts";
import { cleanUpLeftovers, nodeNamespace, prepareNodeNetwork } from "../index.ts";

const READY_MS = 30_000;
/** Shared by all tests of a machine: building it again each time proves nothing. */
const IMAGES = join(process.env["KEELSON_TEST_SHARED"] ?? tmpdir(), "keelson-test-images");

export class TestCluster implements AsyncDisposable {
  readonly layout: ReturnType<typeof layoutOf>;
  readonly #port: number;
  readonly #processes = new Map<string, ChildProcess>();
  #client: Client | undefined;
  #nodes: readonly string[] = [];

  private constructor(data: string, port: number) {
    this.layout = layoutOf(data);
    this.#port = port;
  }

  static async start(options: { nodes?: number } = {}): Promise<TestCluster> {
    const cluster = new TestCluster(mkdtempSync(join(tmpdir(), "keelson-node-test-")), await freePort());
    try {
      await cluster.#begin(nodeNames(options.nodes ?? 1));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error("the cluster is not up");
    return this.#client;
  }

  get kubeconfig(): string {
    return join(this.layout.pki, "admin.kubeconfig");
  }

  /** Starts everything (again) on the same data. */
  async restartAll(): Promise<void> {
    await this.#client?.close();
    await this.#begin(this.#nodes);
  }

  async #begin(names: readonly string[]): Promise<void> {
    this.#nodes = names;
    const { run, logs, pki, data, apiserver, apiSocket } = this.layout;
    mkdirSync(run, { recursive: true, mode: 0o700 });
    mkdirSync(logs, { recursive: true });
    await ensurePki({ directory: pki, apiPort: this.#port, nodes: names, now: new Date() });
    const listen = ["--listen", `127.0.0.1:${this.#port}`, "--socket", apiSocket];
    const advertise = ["--advertise-address", "10.95.0.1", "--advertise-port", "6443"];
    await this.#run("apiserver", [
      "embedded/apiserver/main.ts",
      "--data",
      apiserver,
      "--pki",
      pki,
      ...listen,
      ...advertise,
    ]);
    await this.#run("controllers", [
      "embedded/controllers/main.ts",
      "--kubeconfig",
      join(pki, "controllers.kubeconfig"),
      "--run",
      run,
      "--data",
      data,
    ]);
    this.#client = await Client.load({ kubeconfig: this.kubeconfig });
    // All are waited for, also when one fails: what is still starting could not be taken away.
    const started = await Promise.allSettled(names.map((_, index) => this.startNode(index + 1)));
    for (const outcome of started) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Starts (again) the node of this number; resolves when it is Ready. */
  async startNode(index: number): Promise<void> {
    const { id, run, data, pki, apiSocket } = this.layout;
    const name = `node-${index}`;
    await prepareNodeNetwork({ id, name, index });
    const folders = ["--run", join(run, name), "--data", join(data, "nodes", name), "--images", IMAGES];
    const identity = ["--name", name, "--index", String(index), "--kubeconfig", join(pki, `${name}.kubeconfig`)];
    const program = [
      "embedded/node/main.ts",
      ...identity,
      ...folders,
      "--api-socket",
      apiSocket,
      "--registries",
      "never",
    ];
    await this.#run(name, program, ["nsenter", `--net=/run/netns/${nodeNamespace(id, name)}`]);
  }

  /** Ends a part and waits until it is gone. */
  async end(part: string, signal: NodeJS.Signals): Promise<void> {
    const process = this.#processes.get(part);
    this.#processes.delete(part);
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, "exit");
    process.kill(signal);
    await ended;
  }

  async #run(name: string, [program = "", ...args]: readonly string[], before: readonly string[] = []): Promise<void> {
    const [command = "", ...words] = [
      ...before,
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      join(CHECKOUT, "packages", program),
      ...args,
    ];
    const file = join(this.layout.logs, `${name}.log`);
    const from = readText(file).length;
    const output = openSync(file, "a");
    const child = spawn(command, words, { stdio: ["ignore", output, output] });
    this.#processes.set(name, child);
    await eventually(`${name} is ready`, () => {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
      return readText(file).slice(from).includes('"msg":"ready"') || undefined;
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${readText(file).slice(from).split("\n").slice(-5).join("\n")}`);
    });
  }

  create(pod: Pod): Promise<Live<Pod>> {
    return this.client.create(kinds.Pod, pod);
  }

  /** The pod's object once it is as wished. Throws with its last status when that takes too long. */
  async pod(name: string, wish: (pod: Live<Pod>) => boolean, timeoutMs = READY_MS): Promise<Live<Pod>> {
    let last: Live<Pod> | undefined;
    return eventually(
      `pod ${name}`,
      async () => {
        last = await this.client.get(kinds.Pod, { namespace: "default", name });
        return last !== undefined && wish(last) ? last : undefined;
      },
      timeoutMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; last seen: ${JSON.stringify(last?.status ?? "no such pod")}`);
    });
  }

  /** Resolves when there is no pod of that name. */
  async gone(name: string): Promise<void> {
    await eventually(`${name} is gone`, async () =>
      (await this.client.get(kinds.Pod, { namespace: "default", name })) === undefined ? true : undefined,
    );
  }

  /** A shell command in a pod; answers what it says. */
  async sh(pod: string, script: string, container = "main"): Promise<string> {
    const { stdout, stderr, exitCode } = await this.client.exec({
      namespace: "default",
      pod,
      container,
      command: ["sh", "-c", script],
    });
    if (exitCode !== 0) throw new Error(`${script}: exit code ${exitCode}: ${stderr}`);
    return String(stdout).trim();
  }

  /** Takes everything away, whatever state it is in. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.close();
    await Promise.all([...this.#processes.keys()].map((name) => this.end(name, "SIGKILL")));
    await cleanUpLeftovers(this.layout.run);
    rmSync(this.layout.data, { recursive: true, force: true });
  }
}

export const isReady = (pod: Live<Pod>): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;

/** The status of a pod's one container. */
export const main = (pod: Live<Pod>) => pod.status?.containerStatuses?.[0];

/** A pod of busybox on a node that is named, so that no scheduler is waited for. */
export function shellPod(
  name: string,
  script: string,
  more: Partial<Container> = {},
  spec: Partial<NonNullable<Pod["spec"]>> = {},
): Pod {
  return {
    metadata: { name, namespace: "default", labels: { app: name } },
    spec: {
      nodeName: "node-1",
      terminationGracePeriodSeconds: 5,
      containers: [{ name: "main", image: "keelson/busybox:1", command: ["sh", "-c", script], ...more }],
      ...spec,
    },
  };
}

/** Sleeps and ends at once when it is told to. */
export const STAY = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

/** The first value that is not undefined. */
export function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  timeoutMs = READY_MS,
): Promise<T> {
  return until(what, look, { timeoutMs, everyMs: 50 });
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
