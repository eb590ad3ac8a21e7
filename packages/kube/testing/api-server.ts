/** A Kubernetes API server for tests: ours, or the real one with etcd where it has been built. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, kinds } from "@keelson/kube";
import { kubernetesBinaries, kubernetesMissing } from "./kubernetes-binaries.ts";
import { freePort, startProcess, type TestProcess } from "./processes.ts";
import { until } from "./until.ts";

export interface ApiServerOptions {
  /** True: kube-apiserver and etcd. False: packages/embedded/apiserver. */
  readonly real: boolean;
  /** Real only: etcd syncs to disk, as in production. Ours always does. Default false. */
  readonly fsync?: boolean;
  /** Real only: flags of kube-apiserver, in the place of ours of the same name. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Parent of the state's folder. Default /tmp/keelson-test. */
  readonly folder?: string;
}

export interface TestApiServer {
  readonly real: boolean;
  /** Path of a kubeconfig of a cluster administrator. */
  readonly kubeconfig: string;
  /** A client with that kubeconfig; closed by `stop`. */
  readonly client: Client;
  readonly folder: string;
  /** Process of the API server. */
  readonly pid: number;
  /** From the start of the process to its readiness, at the last start. */
  readonly startMs: number;
  /** Makes a namespace that pods can be created in: no controller runs that would give it its service account. */
  namespace(name: string): Promise<void>;
  /** Ends the API server's process by a signal and waits for it. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>;
  /** Ends everything and removes the data. */
  stop(): Promise<void>;
}

const ours = fileURLToPath(new URL("../../embedded/apiserver/main.ts", import.meta.url));

/** Why this API server cannot be started here; undefined when it can. For the `skip` option of tests. */
export function apiServerMissing({ real }: { readonly real: boolean }): string | undefined {
  return real ? kubernetesMissing(["etcd", "kube-apiserver"]) : undefined;
}

/** Starts an API server on a free port of the loopback and waits until it serves. */
export async function startApiServer(options: ApiServerOptions): Promise<TestApiServer> {
  const parent = options.folder ?? "/tmp/keelson-test";
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, options.real ? "kube-apiserver-" : "apiserver-"));
  const pki = join(folder, "pki");
  const port = await freePort();
  const { ensurePki } = await import("../../embedded/cluster/pki.ts");
  await ensurePki({ directory: pki, apiPort: port, nodes: [], now: new Date() });
  const kubeconfig = join(pki, "admin.kubeconfig");
  const etcd = options.real ? await startEtcd(folder, options.fsync ?? false) : undefined;
  const command =
    etcd === undefined
      ? oursCommand(folder, port)
      : realCommand(pki, port, { "etcd-servers": etcd.url, ...options.flags });
  const client = await Client.load({ kubeconfig });
  const log = join(folder, "apiserver.log");

  let server: TestProcess;
  let startMs = 0;
  const start = async () => {
    const began = performance.now();
    server = startProcess(command.program, command.args, log);
    let ended = false;
    void server.exited.then(() => {
      ended = true;
    });
    await until("the API server listens", () => ended || canConnect(port), { timeoutMs: 60_000, everyMs: 5 });
    await until("the API server is ready", () => ended || isReady(client), { timeoutMs: 60_000, everyMs: 5 });
    if (ended)
      throw new Error(`the API server ended at its start; ${log} ends:\n${readFileSync(log, "utf8").slice(-1_500)}`);
    startMs = performance.now() - began;
  };
  const kill = async (signal: NodeJS.Signals = "SIGKILL") => {
    server.kill(signal);
    await server.exited;
  };
  const stop = async () => {
    await client.close();
    await kill("SIGKILL");
    etcd?.process.kill("SIGKILL");
    await etcd?.process.exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    etcd?.process.kill("SIGKILL");
    throw error;
  }
  const namespace = async (name: string) => {
    await client.create(kinds.Namespace, { metadata: { name } });
    await client.create(kinds.ServiceAccount, { metadata: { namespace: name, name: "default" } });
  };
  return {
    real: options.real,
    kubeconfig,
    client,
    folder,
    namespace,
    get pid() {
      return server.pid;
    },
    get startMs() {
      return startMs;
    },
    kill,
    start,
    stop,
  };
}

async function isReady(client: Client): Promise<boolean> {
  const { status } = await client.raw({ path: "/readyz", timeoutMs: 5_000 });
  return status === 200;
}

function canConnect(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, "127.0.0.1");
  socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  return promise.finally(() => socket.destroy());
}

function oursCommand(folder: string, port: number): { program: string; args: string[] } {
  const address = ["--service-cidr", "10.96.0.0/16", "--advertise-address", "10.95.0.1", "--advertise-port", "6443"];
  const files = [
    "--data",
    join(folder, "data"),
    "--pki",
    join(folder, "pki"),
    "--socket",
    join(folder, "apiserver.sock"),
  ];
  return { program: process.execPath, args: [ours, ...files, "--listen", `127.0.0.1:${port}`, ...address] };
}

function realCommand(
  pki: string,
  port: number,
  own: Readonly<Record<string, string>>,
): { program: string; args: string[] } {
  const flags = {
    "bind-address": "127.0.0.1",
    "secure-port": port,
    "advertise-address": "10.95.0.1",
    "endpoint-reconciler-type": "none",
    "client-ca-file": join(pki, "ca.crt"),
    "tls-cert-file": join(pki, "apiserver.crt"),
    "tls-private-key-file": join(pki, "apiserver.key"),
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "service-account-key-file": join(pki, "sa.pub"),
    "service-account-signing-key-file": join(pki, "sa.key"),
    "service-cluster-ip-range": "10.96.0.0/16",
    "authorization-mode": "Node,RBAC",
    // Nobody makes service accounts here: no controllers run.
    "disable-admission-plugins": "ServiceAccount",
    ...own,
  };
  return {
    program: join(kubernetesBinaries, "kube-apiserver"),
    args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
  };
}

async function startEtcd(folder: string, fsync: boolean): Promise<{ url: string; process: TestProcess }> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const args = ["--data-dir", join(folder, "etcd"), "--log-level", "warn"];
  args.push("--listen-client-urls", url, "--advertise-client-urls", url);
  args.push("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", `default=${peer}`);
  if (!fsync) args.push("--unsafe-no-fsync");
  const started = startProcess(join(kubernetesBinaries, "etcd"), args, join(folder, "etcd.log"));
  await until("etcd is healthy", async () => (await fetch(`${url}/health`)).ok, { timeoutMs: 30_000, everyMs: 20 });
  return { url, process: started };
}
