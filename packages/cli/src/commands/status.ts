import { type ClusterReport, clusterReport, layoutOf, type ProcessReport } from "@keelson/embedded/cluster";
import type { Database } from "@keelson/server/api";
import { dataOption } from "../data-option.ts";
import { imageStandIns, type StandIn } from "../image-stand-ins.ts";
import { ServerClient } from "../server-client.ts";
import { table } from "../table.ts";
import { databaseTable } from "./database-list.ts";

/** Everything `keelson status` knows. */
interface Status {
  readonly running: boolean;
  readonly cluster?: ClusterReport;
  readonly databases?: readonly Database[];
  /** Images that run in the place of one that a manifest names. */
  readonly standIns?: readonly StandIn[];
  /** Why the databases are not known. */
  readonly problem?: string;
}

/** `keelson status`: what runs, how it is, and why something is not ready. The exit code is 0 only when all of it is well. */
export async function status(options: { readonly data: string; readonly output: string }): Promise<void> {
  const found = await observe(options.data);
  process.stdout.write(
    options.output === "json" ? `${JSON.stringify(found, undefined, 2)}\n` : describeStatus(found, options.data),
  );
  process.exitCode = isWell(found) ? 0 : 1;
}

/** True when every part is ready and every database is ready, or is paused because somebody wanted that. */
export function isWell({ cluster, databases }: Status): boolean {
  const ready = cluster?.processes.every((process) => process.state === "ready") === true;
  return ready && databases?.every(({ phase }) => phase === "ready" || phase === "paused") === true;
}

async function observe(data: string): Promise<Status> {
  const layout = layoutOf(data);
  const cluster = await clusterReport(layout.controlSocket);
  if (cluster === undefined) return { running: false };
  try {
    const server = ServerClient.local(layout, cluster.settings.portalPort);
    const { items } = await server.call<{ items: Database[] }>("GET", "/databases");
    return { running: true, cluster, databases: items, standIns: await imageStandIns(layout) };
  } catch (error) {
    return { running: true, cluster, problem: (error as Error).message };
  }
}

/** What `keelson status` says to people of the cluster in `data`. */
export function describeStatus(found: Status, data: string): string {
  if (found.cluster === undefined) return `Nothing is running. Start it with './keelson up${dataOption(data)}'.\n`;
  const megabytes = (bytes: number | undefined): string =>
    bytes === undefined ? "-" : `${Math.round(bytes / 1e6)} MB`;
  const processes = table(
    ["PART", "STATE", "PID", "RESTARTS", "MEMORY", "WHY"],
    found.cluster.processes.map((process) => [
      process.name,
      process.state,
      process.pid === undefined ? "-" : String(process.pid),
      String(process.restarts),
      megabytes(process.pssBytes),
      whyNotReady(process, data),
    ]),
  );
  const databases =
    found.databases === undefined
      ? `Databases are not known: ${found.problem}\n`
      : databaseTable(found.databases, data);
  const standIns = (found.standIns ?? []).map(({ wanted, used }) => `  ${wanted}: ${used}\n`).join("");
  return `${processes}\n${databases}${standIns === "" ? "" : `\nImages that stand in for others\n${standIns}`}`;
}

function whyNotReady(process: ProcessReport, data: string): string {
  if (process.state === "ready")
    return process.lastEnd === undefined ? "" : `ended by itself before: ${process.lastEnd}`;
  if (process.state === "waiting") return "waits for those above it";
  return `${process.lastEnd ?? "is starting"}; see './keelson logs ${process.name}${dataOption(data)}'`;
}
