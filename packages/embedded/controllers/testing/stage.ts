/** A stage for tests: an API server (ours or the real one), all controllers in this process, simulated nodes, real kubectl. */
import { execFile } from "node:child_process";
import { accessSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import {
  Client,
  HttpTransport,
  type Kind,
  type KubeObject,
  kinds,
  type Live,
  type Logger,
  loadCredentials,
  silentLogger,
} from "@keelson/kube";
import {
  apiServerMissing,
  FaultyTransport,
  kubernetesBinaries,
  kubernetesMissing,
  startApiServer,
  startProcess,
  type TestApiServer,
  type TestProcess,
  until,
} from "@keelson/kube/testing";
import { runControllers } from "../run.ts";
import { SimulatedNode } from "./simulated-node.ts";

/** What the stage is made of. */
export interface StageOptions {
  /** True: kube-apiserver with etcd. */
  readonly real: boolean;
  /** True: kube-controller-manager and kube-scheduler do the work, not we. Only with a real API server. */
  readonly referee?: boolean;
  /** Simulated nodes. Default 3. */
  readonly nodes?: number;
  /** Parts to run. Default: all. */
  readonly only?: readonly string[];
  readonly nodeGraceMs?: number;
  readonly logger?: Logger;
}

/** A running stage. */
export interface Stage {
  readonly api: TestApiServer;
  readonly client: Client;
  readonly nodes: readonly SimulatedNode[];
  readonly dataDir: string;
  /** What the controllers talk through now: counts their calls and fails on demand. */
  readonly transport: FaultyTransport;
  /** Makes a namespace that is ready for pods; its name is unique to the test. */
  namespace(prefix: string): Promise<string>;
  /** Runs kubectl; answers its output; throws with what it said when it fails. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** Applies objects with kubectl, as a user does. */
  apply(...objects: readonly object[]): Promise<void>;
  /** Ends the controllers as a crash would: between any two calls. */
  crash(): Promise<void>;
  /** Starts the controllers (again). */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The path of a kubectl; undefined where there is none. */
export function findKubectl(): string | undefined {
  const folders = [kubernetesBinaries, ...(process.env["PATH"] ?? "").split(delimiter)];
  const paths = [process.env["KUBECTL"], ...folders.map((folder) => join(folder, "kubectl"))];
  return paths.find((path) => {
    if (path === undefined || path === "") return false;
    try {
      accessSync(path);
      return true;
    } catch {
      return false;
    }
  });
}

/** Starts everything. */
export async function startStage(options: StageOptions): Promise<Stage> {
  const api = await startApiServer({ real: options.real });
  const dataDir = mkdtempSync(join(tmpdir(), "controllers-data-"));
  const stopNodes: SimulatedNode[] = [];
  let running: { readonly stop: AbortController; readonly done: Promise<void>; readonly client: Client } | undefined;

  let transport: FaultyTransport | undefined;
  let referees: readonly TestProcess[] = [];
  const startOurs = async () => {
    const stop = new AbortController();
    transport = new FaultyTransport(new HttpTransport(await loadCredentials({ kubeconfig: api.kubeconfig })));
    const client = new Client(transport, { fieldManager: "keelson-controllers" });
    const ready = Promise.withResolvers<void>();
    const settings = {
      dataDir,
      runDir: join(dataDir, "run"),
      clusterCa: "CA",
      nodeGraceMs: options.nodeGraceMs ?? 10_000,
    };
    const done = runControllers(
      {
        client,
        logger: options.logger ?? silentLogger,
        settings,
        ...(options.only === undefined ? {} : { only: options.only }),
      },
      stop.signal,
      ready.resolve,
    ).catch((error) => {
      if (!stop.signal.aborted) throw error;
    });
    running = { stop, done, client };
    await Promise.race([ready.promise, done]);
  };
  const crash = async () => {
    for (const process of referees) process.kill("SIGKILL");
    await Promise.all(referees.map((process) => process.exited));
    running?.stop.abort();
    await running?.done;
    await running?.client.close();
    running = undefined;
  };
  const start = async () => {
    if (options.referee === true) referees = startReferees(api);
    else await startOurs();
  };
  const kubectl = (...args: readonly string[]) => runKubectl(api.kubeconfig, args);
  let namespaces = 0;
  try {
    await start();
    for (let index = 1; index <= (options.nodes ?? 3); index++) {
      const node = new SimulatedNode({ client: api.client, name: `node${index}`, index });
      await node.start();
      stopNodes.push(node);
    }
    await until("the nodes are schedulable", async () => {
      const { items } = await api.client.list(kinds.Node);
      return items.length >= (options.nodes ?? 3) && items.every((node) => (node.spec?.taints ?? []).length === 0);
    });
  } catch (error) {
    await crash();
    await api.stop();
    throw error;
  }
  return {
    api,
    client: api.client,
    nodes: stopNodes,
    dataDir,
    get transport() {
      if (transport === undefined) throw new Error("the controllers do not run");
      return transport;
    },
    kubectl,
    namespace: async (prefix) => {
      const name = `${prefix}-${++namespaces}`;
      await api.client.create(kinds.Namespace, { metadata: { name } });
      await until(`namespace ${name} has its account`, () =>
        api.client.get(kinds.ServiceAccount, { namespace: name, name: "default" }),
      );
      return name;
    },
    apply: async (...objects) => {
      await runKubectl(
        api.kubeconfig,
        ["apply", "-f", "-"],
        JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
      );
    },
    crash,
    start,
    stop: async () => {
      for (const node of stopNodes) node.stop();
      await crash();
      await api.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** The real controllers and the real scheduler. */
function startReferees(api: TestApiServer): readonly TestProcess[] {
  const common = [`--kubeconfig=${api.kubeconfig}`, "--leader-elect=false", "--secure-port=0"];
  const pki = join(api.folder, "pki");
  const manager = [
    ...common,
    `--service-account-private-key-file=${pki}/sa.key`,
    `--root-ca-file=${pki}/ca.crt`,
    "--controllers=*",
  ];
  return [
    startProcess(join(kubernetesBinaries, "kube-controller-manager"), manager, join(api.folder, "kcm.log")),
    startProcess(join(kubernetesBinaries, "kube-scheduler"), common, join(api.folder, "scheduler.log")),
  ];
}

/** Why the real controllers cannot be run here; undefined when they can. */
export function refereesMissing(): string | undefined {
  return kubernetesMissing(["kube-controller-manager", "kube-scheduler"]) ?? apiServerMissing({ real: true });
}

/** Waits until the object satisfies the test and answers it; a failing wait shows the last state. */
export async function eventually<T extends KubeObject>(
  stage: Stage,
  kind: Kind<T>,
  at: {
    readonly namespace?: string;
    readonly name: string;
    readonly is: (object: Live<T>) => unknown;
    readonly timeoutMs?: number;
  },
): Promise<Live<T>> {
  let last: Live<T> | undefined;
  try {
    await until(
      `${kind.kind} ${at.name}`,
      async () => {
        last = await stage.client.get(kind, { namespace: at.namespace, name: at.name });
        return last !== undefined && Boolean(at.is(last));
      },
      { timeoutMs: at.timeoutMs ?? 20_000, everyMs: 25 },
    );
  } catch (error) {
    throw new Error(`${kind.kind} ${at.name} never came to be as expected; last: ${JSON.stringify(last ?? null)}`, {
      cause: error,
    });
  }
  if (last === undefined) throw new Error("unreachable");
  return last;
}

function runKubectl(kubeconfig: string, args: readonly string[], stdin = ""): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const program = findKubectl() ?? "kubectl";
  const child = execFile(
    program,
    ["--kubeconfig", kubeconfig, ...args],
    { timeout: 60_000 },
    (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`kubectl ${args.join(" ")}: ${stderr}${stdout}`, { cause: error }));
    },
  );
  child.stdin?.end(stdin);
  return promise;
}
