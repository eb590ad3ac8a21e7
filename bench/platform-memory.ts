/**
 * What a running platform takes: proportional and resident memory of the supervisor and of each program, and their sums. Pods are not
 * counted: run it without a database.
 * `node bench/platform-memory.ts [DATA]`, DATA as given to `./keelson up --data`.
 */
import { clusterReport, layoutOf } from "@keelson/embedded/cluster";
import { processMemory } from "../packages/embedded/cluster/process-identity.ts";

const report = await clusterReport(layoutOf(process.argv[2] ?? "/var/lib/keelson").controlSocket);
if (report === undefined) throw new Error("nothing runs there: start it with './keelson up --no-sample'");

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const total = { pssBytes: 0, rssBytes: 0 };
console.log("| program | proportional | resident |\n| --- | --- | --- |");
for (const { name, pid } of [{ name: "supervisor", pid: report.pid }, ...report.processes]) {
  const memory = pid === undefined ? undefined : processMemory(pid);
  if (memory === undefined) continue;
  console.log(`| ${name} | ${megabytes(memory.pssBytes)} | ${megabytes(memory.rssBytes)} |`);
  total.pssBytes += memory.pssBytes;
  total.rssBytes += memory.rssBytes;
}
console.log(`| together (bar: < 350 MB proportional) | ${megabytes(total.pssBytes)} | ${megabytes(total.rssBytes)} |`);
