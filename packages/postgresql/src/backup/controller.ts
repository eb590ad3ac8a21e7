/** Carries backups out, step by step. */
import { removeConditions, setConditions, timestamp } from "@keelson/engine";
import { isInvalid, type Live, type ReconcileContext, TransientError } from "@keelson/kube";
import { type PerconaPGBackup, type PerconaPGBackupStatus, perconaPGBackups } from "@keelson/resources";
import { admission } from "../cluster/admission.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { failureOf } from "../cluster/failure.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { STANZA } from "../cluster/paths.ts";
import { activeRestore, primaryOf, type View } from "../cluster/view.ts";
import { execute } from "../runtime/execute.ts";
import { runBackrest, runSql } from "../runtime/pods.ts";
import { writeStatus } from "../runtime/write-status.ts";
import { parseInfo, restorableTime } from "./info.ts";
import { backupJob, backupJobName, jobTypeOf } from "./job.ts";
import type { Trouble } from "./job-progress.ts";
import { planBackup, planUnaccepted, startedStatus } from "./plan-backup.ts";
import { resultOf } from "./result.ts";

type Status = PerconaPGBackupStatus;

/** There only while something keeps a backup that has its turn from going on. */
const PROGRESSING = "Progressing";

async function report(
  backup: Live<PerconaPGBackup>,
  change: Partial<Status>,
  { client, log }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const before = backup.status?.conditions;
  const conditions = before === undefined ? {} : { conditions: [...removeConditions(before, [PROGRESSING])] };
  const status = { ...backup.status, ...conditions, ...change };
  if (
    (await writeStatus(perconaPGBackups, backup, status, { client, signal })) &&
    status.state !== backup.status?.state
  )
    log.info({ backup: backup.metadata.name, state: status.state }, "backup state changed");
}

/** One step of one backup. */
export async function reconcileBackup(
  key: string,
  signal: AbortSignal,
  { log, failures }: ReconcileContext,
  deps: ClusterDeps,
): Promise<{ requeueAfterMs?: number }> {
  const backup = deps.world.backups.get(key);
  if (backup === undefined) return {};
  const own = { ...deps, log };
  const namespace = backup.metadata.namespace ?? "";
  const view = deps.world.view(`${namespace}/${backup.spec.pgCluster}`, deps.now());
  if (view === undefined) {
    if (backup.status?.state === "Succeeded" || backup.status?.state === "Failed") return {};
    await waiting(
      backup,
      "UnknownCluster",
      `spec.pgCluster: there is no PerconaPGCluster ${backup.spec.pgCluster} in this namespace. Correct the name or create it.`,
      own,
      signal,
    );
    return {};
  }
  const { cluster: c, problems, isActionable } = await admission(view, deps, signal);
  if (isActionable) await trackRestorable(c, view, backup, own, signal);
  const step = isActionable ? planBackup(c, view, backup) : planUnaccepted(backup, problems);
  switch (step.type) {
    case "nothing":
      return {};
    case "wait":
      await waiting(backup, step.reason, step.message, own, signal);
      return {};
    case "fail":
      await failed(backup, view, { reason: step.reason, message: step.message }, own, signal);
      return {};
    case "start": {
      const conditions = setConditions(
        backup.status?.conditions ?? [],
        [{ type: "BackupLeaseAcquired", status: "True", reason: "LeaseAcquired", message: "" }],
        { now: deps.now() },
      );
      await report(backup, { ...startedStatus(c, backup), conditions: [...conditions] }, own, signal);
      if (jobTypeOf(backup) === "replica-create") await hurryArchive(c, view, own, signal);
      return {};
    }
    case "createJob":
      try {
        await execute([{ type: "create", object: backupJob(c, backup) }], { object: backup, namespace }, own, signal);
      } catch (error) {
        await jobNotMade(backup, view, { error, failures }, own, signal);
      }
      return {};
    case "underWay": {
      const { state, trouble, lookAgainMs } = step;
      if (trouble === undefined) await report(backup, { state }, own, signal);
      else await hold(backup, { ...trouble, state }, own, signal);
      return lookAgainMs === undefined ? {} : { requeueAfterMs: lookAgainMs };
    }
    case "collect":
      return await collect(c, view, backup, own, signal);
  }
}

/** Says why a backup does not start; an event only when the reason is new. */
async function waiting(
  backup: Live<PerconaPGBackup>,
  reason: string,
  message: string,
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const type = "BackupLeaseAcquired";
  const before = backup.status?.conditions?.find((x) => x.type === type);
  if (before?.reason !== reason && reason === "UnknownCluster")
    deps.events.record(backup, { type: "Warning", reason, message });
  const conditions = setConditions(backup.status?.conditions ?? [], [{ type, status: "False", reason, message }], {
    now: deps.now(),
  });
  await report(backup, { conditions: [...conditions] }, deps, signal);
}

/** One that Kubernetes will never take ends the backup, so that others have their turn; what may pass is said and thrown. */
async function jobNotMade(
  backup: Live<PerconaPGBackup>,
  view: View,
  { error, failures }: { readonly error: unknown; readonly failures: number },
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  if (isInvalid(error)) {
    const message = `Kubernetes refuses the Job: ${(error as Error).message}. Correct spec.backups.pgbackrest.jobs of the cluster or spec.containerOptions, and take another backup.`;
    await failed(backup, view, { reason: "BackupFailed", message }, deps, signal);
    return;
  }
  const failure = signal.aborted ? undefined : failureOf(error, failures);
  if (failure !== undefined) await hold(backup, { ...failure, state: "Starting" }, deps, signal);
  throw error;
}

/** Says what keeps a backup that has its turn from going on. */
async function hold(
  backup: Live<PerconaPGBackup>,
  { reason, message, state }: Trouble & { readonly state: string },
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const before = backup.status?.conditions ?? [];
  if (before.find((x) => x.type === PROGRESSING)?.message !== message)
    deps.events.record(backup, { type: "Warning", reason, message });
  const conditions = setConditions(before, [{ type: PROGRESSING, status: "False", reason, message }], {
    now: deps.now(),
  });
  await report(backup, { state, conditions: [...conditions] }, deps, signal);
}

/** The end of a backup without success; one that nobody asked for is told on the cluster too. */
async function failed(
  backup: Live<PerconaPGBackup>,
  view: View,
  { reason, message, ...more }: { readonly reason: string; readonly message: string } & Partial<Status>,
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  deps.events.record(backup, { type: "Warning", reason, message });
  if (jobTypeOf(backup) !== "manual") {
    const text = `Backup ${backup.metadata.name} (${jobTypeOf(backup)}): ${message}`;
    deps.events.record(view.cr, { type: "Warning", reason, message: text });
  }
  await report(backup, { state: "Failed", error: message, completed: timestamp(deps.now()), ...more }, deps, signal);
}

/**
 * Segments from before the repository was there have been refused, and PostgreSQL tries them again after a minute. A new segment wakes its archiver
 * at once. It only saves time, so nothing depends on it.
 */
async function hurryArchive(
  c: PgCluster,
  view: View,
  { client, log }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const pod = primaryOf(view)?.pod?.metadata.name;
  if (pod === undefined) return;
  const sql = "SELECT pg_catalog.pg_create_restore_point('first backup');\nSELECT pg_catalog.pg_switch_wal();\n";
  await runSql({ client, namespace: c.namespace, pod, signal, timeoutMs: 5_000 }, "postgres", sql).catch(
    (err: unknown) => log.debug({ err, pod }, "archiver not woken"),
  );
}

/** Asks the repository for the result. */
async function collect(
  c: PgCluster,
  view: View,
  backup: Live<PerconaPGBackup>,
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<{ requeueAfterMs?: number }> {
  const { client, now } = deps;
  const ran = await runBackrest({ client, namespace: c.namespace, pod: names.repoHostPod(c), signal }, [
    `--stanza=${STANZA}`,
    "info",
    "--output=json",
  ]);
  if (ran.exitCode !== 0) throw new TransientError("InfoFailed", `pgbackrest info: ${ran.stderr.trim().slice(0, 300)}`);
  const all = parseInfo(ran.stdout, STANZA);
  const result = resultOf(all, backupJobName(c, backup));
  if ("failure" in result) {
    await failed(backup, view, { reason: "BackupFailed", message: result.failure, ...result.found }, deps, signal);
    return {};
  }
  await report(backup, { state: "Succeeded", ...result.found, completed: timestamp(now()) }, deps, signal);
  deps.events.record(backup, {
    type: "Normal",
    reason: "BackupSucceeded",
    message: `Backup ${result.found.backupName} is in ${backup.spec.repoName}.`,
  });
  await dropOutdated(c, backup, new Set(all.map((b) => b.label)), deps, signal);
  return {};
}

/** Objects of backups that retention has removed from the repository. */
async function dropOutdated(
  c: PgCluster,
  done: Live<PerconaPGBackup>,
  labels: ReadonlySet<string>,
  { client, world, now }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const view = world.view(`${c.namespace}/${c.name}`, now());
  for (const backup of view?.backups ?? []) {
    const label = backup.status?.backupName;
    if (backup.metadata.uid === done.metadata.uid || backup.spec.repoName !== done.spec.repoName) continue;
    if (backup.status?.state !== "Succeeded" || label === undefined || labels.has(label)) continue;
    await client.delete(
      perconaPGBackups,
      { namespace: c.namespace, name: backup.metadata.name },
      { uid: backup.metadata.uid, signal },
    );
  }
}

/** The newest good backup carries the latest time that can be restored. */
async function trackRestorable(
  c: PgCluster,
  view: View,
  backup: Live<PerconaPGBackup>,
  deps: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  if (!c.backups.trackLatestRestorableTime || backup.status?.state !== "Succeeded" || activeRestore(view) !== undefined)
    return;
  const newest = view.backups
    .filter((b) => b.status?.state === "Succeeded")
    .toSorted((a, b) => Date.parse(a.status?.completed ?? "") - Date.parse(b.status?.completed ?? ""))
    .at(-1);
  if (newest?.metadata.uid !== backup.metadata.uid) return;
  const latest = restorableTime(latestCommit(view));
  if (latest === undefined || latest <= (backup.status.latestRestorableTime ?? "")) return;
  await report(backup, { latestRestorableTime: latest }, deps, signal);
}

/** Time of the last archived commit, as the primary's agent reports it. */
export function latestCommit(view: View): string | undefined {
  const text = primaryOf(view)?.pod?.metadata.annotations?.["keelson.dev/agent"];
  try {
    return (JSON.parse(text ?? "{}") as { latestCommit?: string }).latestCommit;
  } catch {
    return undefined;
  }
}
