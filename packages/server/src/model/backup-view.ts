/** Backups, restores and the window between them, in words. Pure. */
import type { Backup, BackupSummary, Level, Restore, Window } from "../api/views.ts";
import { annotation } from "../manifest/names.ts";
import { defined } from "./defined.ts";
import { leftBehind } from "./left-behind.ts";
import { isoTime, momentOf, nameOf } from "./observed.ts";
import type { PgBackup, PgCluster, PgRestore, StatusCondition } from "./resources.ts";

type Progress = Backup["state"];

const progressOf: Record<string, Progress> = {
  Starting: "starting",
  Running: "running",
  Succeeded: "succeeded",
  Failed: "failed",
};
const levelOf: Record<Progress, Level> = {
  waiting: "working",
  starting: "working",
  running: "working",
  succeeded: "good",
  failed: "bad",
};

/** One backup. */
export function backupView(backup: PgBackup): Backup {
  const state = progressOf[backup.status?.state ?? ""] ?? "waiting";
  return {
    name: nameOf(backup),
    namespace: backup.metadata?.namespace ?? "",
    database: backup.spec?.pgCluster ?? "",
    type: typeOf(backup),
    state,
    level: levelOf[state],
    repo: backup.spec?.repoName ?? "",
    createdAt: isoTime(backup.metadata?.creationTimestamp) ?? new Date(0).toISOString(),
    ...defined({
      label: backup.status?.backupName,
      sizeBytes: backup.status?.size,
      destination: backup.status?.destination,
      completedAt: state === "succeeded" || state === "failed" ? isoTime(backup.status?.completed) : undefined,
      restorableTo: momentOf(backup.status?.latestRestorableTime),
      error: backup.status?.error,
    }),
  };
}

function typeOf(backup: PgBackup): Backup["type"] {
  const stated = backup.status?.backupType;
  if (stated === "full" || stated === "differential" || stated === "incremental" || stated === "snapshot")
    return stated;
  if (backup.metadata?.annotations?.[annotation.jobType] === "replica-create") return "full";
  const asked = backup.spec?.options?.find((option) => option.startsWith("--type="))?.slice("--type=".length);
  return asked === "full" ? "full" : asked === "diff" ? "differential" : asked === "incr" ? "incremental" : "unknown";
}

/** One restore; `warning` is what the operator last warned of: the reason of a failure where the resource does not name one. */
export function restoreView(restore: PgRestore, warning?: string): Restore {
  const state = progressOf[restore.status?.state ?? ""] ?? "waiting";
  return {
    name: nameOf(restore),
    namespace: restore.metadata?.namespace ?? "",
    database: restore.spec?.pgCluster ?? "",
    state,
    level: levelOf[state],
    target: targetWords(restore.spec?.options ?? []),
    createdAt: isoTime(restore.metadata?.creationTimestamp) ?? new Date(0).toISOString(),
    ...defined({
      completedAt: isoTime(restore.status?.completed),
      error: state === "failed" ? (failureOf(restore) ?? warning) : undefined,
    }),
  };
}

/** Our operator says why in a condition; others only in an event. */
function failureOf(restore: PgRestore): string | undefined {
  const { conditions } = (restore.status ?? {}) as { conditions?: readonly StatusCondition[] };
  return conditions?.find((condition) => condition.type === "Succeeded" && condition.status === "False")?.message;
}

function targetWords(options: readonly string[]): string {
  const value = (name: string) => options.find((option) => option.startsWith(`--${name}=`))?.slice(name.length + 3);
  const target = value("target");
  if (target !== undefined) return momentOf(target) ?? target;
  const set = value("set");
  return set === undefined ? "latest" : `end of backup ${set}`;
}

/**
 * The window a restore to a time can reach: from the end of the oldest backup that is still there to the latest moment known
 * to be archived. Absent until the first backup has succeeded.
 */
export function windowOf(backups: readonly PgBackup[]): Window | undefined {
  const done = backups
    .map(backupView)
    .filter((backup) => backup.state === "succeeded" && backup.completedAt !== undefined);
  const ends = done.map((backup) => backup.completedAt ?? "").sort();
  const from = ends[0];
  const newestEnd = ends.at(-1);
  if (from === undefined || newestEnd === undefined) return undefined;
  const reached = done.map((backup) => backup.restorableTo ?? "").filter((time) => time !== "");
  const to = [...reached, newestEnd].sort().at(-1) ?? newestEnd;
  return { from, to };
}

/** The backups of a database in short. */
export function backupSummary(
  cluster: PgCluster,
  backups: readonly PgBackup[],
  restores: readonly PgRestore[],
): BackupSummary {
  const spec = cluster.spec?.backups;
  const enabled = spec?.enabled ?? (spec?.pgbackrest?.repos?.length ?? 0) > 0;
  const views = backups.map(backupView);
  const last = views
    .filter((backup) => backup.state === "succeeded" && backup.completedAt !== undefined)
    .sort((a, b) => (a.completedAt ?? "").localeCompare(b.completedAt ?? ""))
    .at(-1);
  return {
    enabled,
    schedules: (spec?.pgbackrest?.repos ?? []).flatMap((repo) =>
      Object.entries(repo.schedules ?? {}).map(([type, cron]) => ({ type, cron: String(cron), repo: repo.name })),
    ),
    leftBehind: leftBehind(restores, backups),
    ...defined({
      lastSucceeded:
        last === undefined ? undefined : { name: last.name, type: last.type, at: last.completedAt ?? last.createdAt },
      running: views.find((backup) => backup.state === "running" || backup.state === "starting")?.name,
      window: windowOf(backups),
    }),
  };
}
