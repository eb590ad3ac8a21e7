/**
 * Our API server and the real one (kube-apiserver with etcd, which syncs to disk as ours does), one after the other in the same run,
 * by the same client: `node bench/apiserver-figures.ts`. The real one is left out where it has not been built.
 */
import { cpus } from "node:os";
import { apiServerMissing, startApiServer } from "@keelson/kube/testing";
import { type Figures, measure, type Samples } from "./apiserver-load.ts";
import { median } from "./statistics.ts";

const startRuns = 3;

function percentile(samples: Samples, share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

async function run(real: boolean): Promise<(Figures & { readonly start: Samples }) | undefined> {
  const missing = apiServerMissing({ real });
  if (missing !== undefined) {
    console.error(`left out: ${missing}`);
    return undefined;
  }
  const start: number[] = [];
  for (let i = 1; i < startRuns; i++) {
    const server = await startApiServer({ real, fsync: true });
    start.push(server.startMs);
    await server.stop();
  }
  const server = await startApiServer({ real, fsync: true });
  start.push(server.startMs);
  try {
    return { ...(await measure(server.client)), start };
  } finally {
    await server.stop();
  }
}

const ours = await run(false);
const theirs = await run(true);

const p50 = (samples: Samples) => percentile(samples, 0.5);
const p99 = (samples: Samples) => percentile(samples, 0.99);
const rows: [
  name: string,
  samples: keyof (Figures & { start: Samples }),
  of: (samples: Samples) => number,
  unit: string,
  bar: string,
][] = [
  ["process start to ready, empty store (median)", "start", median, "ms", "< 1,000 ms"],
  ["create, p50", "create", p50, "ms", ""],
  ["create, p99", "create", p99, "ms", "< 5 ms"],
  ["get, p50", "get", p50, "ms", ""],
  ["get, p99", "get", p99, "ms", "< 5 ms"],
  ["watch delivery at 1,100 objects, p50 (from sending the write)", "watch", p50, "ms", ""],
  ["watch delivery at 1,100 objects, p99 (from sending the write)", "watch", p99, "ms", "< 10 ms"],
  ["creations in a second, 16 at a time", "createRate", median, "/s", ""],
  ["list of 10,000 objects in one answer, median", "list", median, "ms", "< 250 ms"],
  ["list of 10,000 objects in one answer, worst of 10", "list", (samples) => Math.max(...samples), "ms", ""],
];
const show = (value: number | undefined, unit: string) =>
  value === undefined ? "not built" : `${value < 100 ? value.toFixed(2) : value.toFixed(0)} ${unit}`;
console.log(`\nNode ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "processor"}\n`);
console.log("| figure | Keelson's API server | kube-apiserver with etcd | bar |\n| --- | --- | --- | --- |");
for (const [name, samples, of, unit, bar] of rows) {
  console.log(
    `| ${name} | ${show(ours && of(ours[samples]), unit)} | ${show(theirs && of(theirs[samples]), unit)} | ${bar} |`,
  );
}
