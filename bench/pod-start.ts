/**
 * What it takes to start a pod on the embedded node, beyond the start of its process itself: 20 pods of busybox one after another, from
 * the API server's answer to the apply until the process runs. Phases by the node's own words. Run as root: `node bench/pod-start.ts`.
 */
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import type { Pod } from "@keelson/kube";
import { eventually, STAY, shellPod, TestCluster } from "../packages/embedded/node/testing/cluster.ts";
import { row, tableHead } from "./statistics.ts";

const pods = 20;
const barMs = 300;

interface Line {
  readonly time: string;
  readonly msg: string;
  readonly pod?: string;
  readonly volumesMs?: number;
  readonly sandboxMs?: number;
}

process.env["KEELSON_LOG_LEVEL"] = "debug";
await using cluster = await TestCluster.start();

/** What the node has said about a pod, once it has said that its container runs. */
async function linesOf(name: string): Promise<ReadonlyMap<string, Line>> {
  return eventually(`the node's words about ${name}`, () => {
    const lines = readFileSync(join(cluster.layout.logs, "node-1.log"), "utf8")
      .split("\n")
      .filter((line) => line.includes(`"pod":"${name}"`) && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Line);
    const byWord = new Map(lines.map((line) => [line.msg, line]));
    return byWord.has("container runs") ? byWord : undefined;
  });
}

/** Without a node of its own: the scheduler is part of the way. */
function pod(name: string): Pod {
  const { metadata = {}, spec } = shellPod(name, STAY);
  const { nodeName: _, ...rest } = spec ?? { containers: [] };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: rest };
}

const phases = { scheduled: [], volumes: [], sandbox: [], container: [], total: [] } as Record<string, number[]>;
// The first one pays for what is loaded once.
for (let index = 0; index <= pods; index++) {
  const name = `start-${index}`;
  await cluster.create(pod(name));
  const accepted = Date.now();
  const said = await linesOf(name);
  if (index === 0) continue;
  const at = (word: string): number => Date.parse(said.get(word)?.time ?? "");
  const { volumesMs = Number.NaN, sandboxMs = Number.NaN } = said.get("sandbox is ready") ?? {};
  phases["scheduled"]?.push(Math.max(0, at("pod is new here") - accepted));
  phases["volumes"]?.push(volumesMs);
  phases["sandbox"]?.push(sandboxMs);
  phases["container"]?.push(at("container runs") - at("sandbox is ready"));
  phases["total"]?.push(at("container runs") - accepted);
}

console.log(`load average ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores\n\n${tableHead}`);
for (const [phase, times] of Object.entries(phases))
  console.log(row(`pod start: ${phase}`, times, "ms", phase === "total" ? `< ${barMs} ms` : ""));
