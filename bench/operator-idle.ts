/**
 * What the operator costs with many idle clusters: resident memory and API calls in a minute. No pods are needed: the node is
 * not started, and a simulated kubelet marks nothing ready, so the clusters stay as they are once their objects exist.
 * Run as root: `node bench/operator-idle.ts [CLUSTERS]` (default 100).
 */
import { setTimeout as delay } from "node:timers/promises";
import { startPlatform } from "../e2e/platform.ts";
import { clusterManifest } from "../e2e/postgresql.ts";
import { until } from "../e2e/until.ts";
import { processMemory } from "../packages/embedded/cluster/process-identity.ts";

const count = Number(process.argv[2] ?? 100);
await using platform = await startPlatform();

/** All requests that the API server has counted from the operator's user, by its own metrics of the operator. */
async function operatorCalls(pid: number): Promise<number> {
  const port = Number(process.env["KEELSON_OPERATOR_METRICS_PORT"] ?? 8081);
  void pid;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...text.matchAll(/^rest_client_requests_total\{[^}]*\} (\d+)/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
}

const node = await platform.part("node-1");
process.kill(node.pid ?? 0, "SIGSTOP");
for (let index = 0; index < count; index++)
  await platform.kubectl(["apply", "-f", "-"], clusterManifest(`idle${index}`));
await until("all StatefulSets", 300_000, async () => {
  const sets = (await platform.kubectl(["get", "statefulsets", "-A", "-o", "name"])).trim().split("\n").length;
  return sets >= count;
});
const operator = await platform.part("operator");
await delay(30_000);
const before = await operatorCalls(operator.pid ?? 0);
await delay(60_000);
const calls = (await operatorCalls(operator.pid ?? 0)) - before;
const memory = processMemory(operator.pid ?? 0);
console.log("| figure | value | bar |\n| --- | --- | --- |");
console.log(
  `| operator's resident memory with ${count} idle clusters | ${Math.round((memory?.rssBytes ?? 0) / 1e6)} MB | < 150 MB |`,
);
console.log(
  `| operator's API calls with ${count} idle clusters | ${(calls / 60).toFixed(2)} per second | < 1 per second |`,
);
process.kill(node.pid ?? 0, "SIGCONT");
