/** What the agents in the instances' pods have seen, as conditions: a broken archive, volumes that fill up, memory that does not suffice. Pure. */
import type { WantedCondition } from "@keelson/engine";
import { annotation } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import { type Instance, instancesOf, primaryOf, type View } from "./view.ts";

/** The agent's annotation; see `Report` in the agent. */
interface Report {
  readonly dataUsedPercent?: number;
  readonly walUsedPercent?: number;
  readonly archive?: { readonly since: string; readonly segments: number };
  readonly outOfMemory?: string;
}

/** How long it is told that memory did not suffice, as the agents do it. */
const OUT_OF_MEMORY_TOLD_MS = 600_000;

/** From here on somebody has to act. The agents tell less, in steps of five. */
const ALMOST_FULL_PERCENT = 85;

function reportOf(instance: Instance): Report {
  try {
    return JSON.parse(instance.pod?.metadata.annotations?.[annotation.agent] ?? "{}") as Report;
  } catch {
    return {};
  }
}

/** Undefined while the archive works. */
export function archiveCondition(c: PgCluster, view: View): WantedCondition | undefined {
  const primary = primaryOf(view);
  const backlog = primary === undefined || !c.backups.enabled ? undefined : reportOf(primary).archive;
  if (primary === undefined || backlog === undefined) return undefined;
  return {
    type: "ArchivingFailing",
    status: "True",
    reason: "SegmentsWaiting",
    message: `Write-ahead log of instance ${primary.name} has not been archived since ${backlog.since} (${backlog.segments} segments or more wait). What happens since then cannot be restored, and the volume fills up. See why in the log of pod ${primary.pod?.metadata.name}, container database; check that the repository of spec.backups.pgbackrest.repos[${c.backups.repos[0]?.name}] has space and can be reached.`,
  };
}

/** Undefined while there is space enough. */
export function volumeCondition(view: View): WantedCondition | undefined {
  const full = instancesOf(view).flatMap((instance) => {
    const { dataUsedPercent = 0, walUsedPercent = 0 } = reportOf(instance);
    const volumes: [number, string][] = [
      [dataUsedPercent, "dataVolumeClaimSpec"],
      [walUsedPercent, "walVolumeClaimSpec"],
    ];
    return volumes
      .filter(([percent]) => percent >= ALMOST_FULL_PERCENT)
      .map(
        ([percent, field]) =>
          `Instance ${instance.name} uses ${percent} percent of its volume: raise spec.instances[${instance.set}].${field}.resources.requests.storage.`,
      );
  });
  if (full.length === 0) return undefined;
  return { type: "VolumeAlmostFull", status: "True", reason: "LittleSpaceLeft", message: full.join(" ") };
}

/** When its whole container was ended for want of memory, the agent with it, as newer kubelets have it; undefined unless in the last minutes. */
function containerOutOfMemory({ pod }: Instance, now: number): string | undefined {
  const database = pod?.status?.containerStatuses?.find((container) => container.name === "database");
  const { reason, finishedAt } = database?.state?.terminated ?? database?.lastState?.terminated ?? {};
  if (reason !== "OOMKilled" || finishedAt === undefined) return undefined;
  return now - Date.parse(finishedAt) < OUT_OF_MEMORY_TOLD_MS ? finishedAt : undefined;
}

/** Undefined while nothing has been ended for want of memory in the last minutes. */
export function memoryCondition(view: View): WantedCondition | undefined {
  const ended = instancesOf(view).flatMap((instance) => {
    const container = containerOutOfMemory(instance, view.now);
    const process = reportOf(instance).outOfMemory;
    const [what, at] = container === undefined ? ["a process", process] : ["container database", container];
    const field = `spec.instances[${instance.set}].resources.limits.memory`;
    return at === undefined
      ? []
      : `The kernel ended ${what} of instance ${instance.name} at ${at}, because its memory was used up; PostgreSQL ends all connections then, and recovers. Raise ${field}, or lower work_mem or the number of connections.`;
  });
  if (ended.length === 0) return undefined;
  return { type: "OutOfMemory", status: "True", reason: "ProcessKilled", message: ended.join(" ") };
}
