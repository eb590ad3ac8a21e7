/**
 * What the operator costs with many idle clusters: memory, and API calls in a minute as its own client counts them, commands
 * in pods added. The operator is the real program on our API server and controllers; nodes, Patroni and pgBackRest are simulated, so
 * that a hundred ready clusters fit on one machine: their pods are ready without running.
 * `node bench/operator-idle.ts [CLUSTERS]` (default 100), as root.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { HttpTransport, type Kind, kinds, loadCredentials } from "@keelson/kube";
import { type PerconaPGCluster, perconaPGClusters } from "@keelson/resources";
import { parse } from "yaml";
import { operatorFlags } from "../packages/embedded/cluster/process-definitions.ts";
import { processMemory } from "../packages/embedded/cluster/process-identity.ts";
import { startStage } from "../packages/embedded/controllers/testing/stage.ts";
import { SimulatedDatabases } from "../packages/postgresql/src/testing/simulated-databases.ts";

const root = resolve(import.meta.dirname, "..");
const count = Number(process.argv[2] ?? 100);
const clusterKind = perconaPGClusters as Kind<PerconaPGCluster>;
/** Three instances, two poolers, a repository, a backup's Job; a simulated node takes 110 pods. */
const podsOfCluster = 7;
/** After the last change: late retries and the first renewals of watches are over. */
const settleMs = 60_000;
const measureMs = 60_000;

const say = (text: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

const stage = await startStage({
  real: false,
  nodes: Math.ceil((count * podsOfCluster) / 110) + 1,
  nodeGraceMs: 120_000,
});
const databases = new SimulatedDatabases(stage.client);
let operator: ChildProcess | undefined;
let execs = 0;
const transport = new HttpTransport(await loadCredentials({ kubeconfig: stage.api.kubeconfig }));
const inPods = databases.client(transport, "bench");
const execServer = createServer((request, response) => {
  execs += 1;
  void json(request)
    .then((input) => inPods.exec(input as Parameters<typeof inPods.exec>[0]))
    .then((result) => response.end(JSON.stringify(result)));
});

try {
  await serveKinds();
  await databases.start();
  await once(execServer.listen(0, "127.0.0.1"), "listening");
  let metrics = await startOperator();
  await makeClusters();
  await measure("after it made them", metrics);
  operator?.kill("SIGTERM");
  await once(operator as ChildProcess, "exit");
  metrics = await startOperator();
  await measure("after a restart", metrics);
} finally {
  operator?.kill("SIGKILL");
  execServer.close();
  databases.stop();
  await inPods.close();
  await stage.stop();
}

async function serveKinds(): Promise<void> {
  const folder = join(root, "deploy/crds");
  for (const file of readdirSync(folder)) {
    await stage.client.create(kinds.CustomResourceDefinition, parse(readFileSync(join(folder, file), "utf8")) as never);
  }
  await until(
    "the kinds are served",
    async () => (await stage.client.list(clusterKind).catch(() => undefined)) !== undefined,
  );
}

/** Starts the operator as the embedded cluster does. Resolves with the address of its metrics, which it says when it is ready. */
async function startOperator(): Promise<string> {
  const address = execServer.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const flags = [...operatorFlags, "--import", join(import.meta.dirname, "answer-exec.ts")];
  const program = [...flags, join(root, "packages/operator/src/main.ts")];
  const env = {
    ...process.env,
    MALLOC_ARENA_MAX: "1",
    MALLOC_TRIM_THRESHOLD_: "131072",
    NODE_COMPILE_CACHE: join(stage.dataDir, "cache"),
    KEELSON_BENCH_EXEC: `http://127.0.0.1:${port}/`,
  };
  // Compiled before it starts for good, as `up` and the image of the platform do.
  execFileSync(process.execPath, [...program, "--help"], { stdio: "ignore", env });
  const child = spawn(process.execPath, [...program, "--kubeconfig", stage.api.kubeconfig], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  operator = child;
  if (child.stdout === null) throw new Error("no output to read");
  return await new Promise((resolvePromise, reject) => {
    child.once("exit", (code) => reject(new Error(`the operator ended with ${code}`)));
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const { msg, metrics } = JSON.parse(line) as { msg: string; metrics?: string };
      if (msg === "ready" && metrics !== undefined) resolvePromise(metrics);
    });
  });
}

async function makeClusters(): Promise<void> {
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const started = Date.now();
  for (let index = 0; index < count; index++) {
    await stage.client.create(clusterKind, {
      metadata: { namespace: "default", name: `idle${index}` },
      spec: {
        postgresVersion: 17,
        instances: [{ name: "i", replicas: 3, dataVolumeClaimSpec: claim }],
        proxy: { pgBouncer: { replicas: 2 } },
        backups: { pgbackrest: { repos: [{ name: "repo1", volume: { volumeClaimSpec: claim } }] } },
      },
    } as unknown as PerconaPGCluster);
  }
  await until(`${count} clusters are ready`, async () => {
    const { items } = await stage.client.list(clusterKind);
    const ready = items.filter(({ status }) => status?.state === "ready").length;
    say(`${ready} of ${count} ready after ${Math.round((Date.now() - started) / 1_000)} s`);
    return ready === count;
  });
}

async function measure(when: string, metrics: string): Promise<void> {
  await delay(settleMs);
  const [before, execsBefore] = [await calls(metrics), execs];
  await delay(measureMs);
  const after = await calls(metrics);
  const inMinute = [...after].map(([what, number]) => [what, number - (before.get(what) ?? 0)] as const);
  const total = inMinute.reduce((sum, [, number]) => sum + number, 0) + execs - execsBefore;
  for (const [what, number] of inMinute) if (number > 0) say(`  ${what}: ${number} in ${measureMs / 1_000} s`);
  say(`  commands in pods: ${execs - execsBefore}`);
  const { rssBytes = 0, pssBytes = 0 } = processMemory(operator?.pid ?? 0) ?? {};
  const memory = `${Math.round(rssBytes / 1e6)} MB resident, ${Math.round(pssBytes / 1e6)} MB proportional`;
  console.log(`| operator with ${count} idle clusters, ${when} | ${memory} | < 150 MB |`);
  console.log(`| the same: API calls | ${((total * 1_000) / measureMs).toFixed(2)} per second | < 1 per second |`);
}

/** The requests that the operator's client has made, by method and answer. */
async function calls(metrics: string): Promise<Map<string, number>> {
  const text = await (await fetch(new URL("/metrics", metrics))).text();
  const lines = text.matchAll(/^rest_client_requests_total\{(.*),host="[^"]*"\} (\d+)$/gm);
  const counted = new Map([...lines].map(([, what = "", number]) => [what, Number(number)]));
  if (counted.size === 0) throw new Error(`${metrics} counts no requests, not even those of the start`);
  return counted;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 600_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`);
    await delay(2_000);
  }
}
