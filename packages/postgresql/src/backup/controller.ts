/** Carries backups out, step by step. */
import { isSameJson, setConditions, timestamp } from "@keelson/engine";
import { kinds, type Live, type ReconcileContext, TransientError } from "@keelson/kube";
import type { PerconaPGBackup, PerconaPGBackupStatus } from "@keelson/resources";
import { admit } from "../cluster/admit.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { STANZA } from "../cluster/paths.ts";
import { activeRestore, primaryOf, type View } from "../cluster/view.ts";
import { execute } from "../runtime/execute.ts";
import { runBackrest } from "../runtime/pods.ts";
import { parseInfo, restorableTime, TYPE_WORDS } from "./info.ts";
import { backupJob, backupJobName } from "./job.ts";
import { planBackup, startedStatus } from "./plan-backup.ts";

type Status = PerconaPGBackupStatus;

async function writeStatus(
  backup: Live<PerconaPGBackup>,
  change: Partial<Status>,
  { client, world, log }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const status = { ...backup.status, ...change };
  if (isSameJson(status, backup.status ?? {})) return;
  if (status.state !== backup.status?.state)
    log.info({ backup: backup.metadata.name, state: status.state }, "backup state changed");
  const { namespace = "", name, uid } = backup.metadata;
  const { kind } = world.locate("PerconaPGBackup", namespace, name);
  const body = [
    { op: "test", path: "/metadata/uid", value: uid },
    { op: "add", path: "/status", value: status },
  ];
  await client.patch(kind, { namespace, name }, { type: "json", body }, { subresource: "status", signal });
}

/** One step of one backup. */
export async function reconcileBackup(
  key: string,
  signal: AbortSignal,
  { log }: ReconcileContext,
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
  const { cluster: c, problems } = admit(view, deps.catalogue);
  if (problems.length > 0) return {};
  await trackRestorable(c, view, backup, own, signal);
  const step = planBackup(c, view, backup);
  switch (step.type) {
    case "nothing":
      return {};
    case "wait":
      await waiting(backup, step.reason, step.message, own, signal);
      return {};
    case "fail":
      deps.events.record(backup, { type: "Warning", reason: step.reason, message: step.message });
      await writeStatus(
        backup,
        { state: "Failed", error: step.message, completed: timestamp(deps.now()) },
        own,
        signal,
      );
      return {};
    case "start": {
      const conditions = setConditions(
        backup.status?.conditions ?? [],
        [{ type: "BackupLeaseAcquired", status: "True", reason: "LeaseAcquired", message: "" }],
        { now: deps.now() },
      );
      await writeStatus(backup, { ...startedStatus(c, backup), conditions: [...conditions] }, own, signal);
      return {};
    }
    case "createJob":
      await execute([{ type: "create", object: backupJob(c, backup) }], { object: backup, namespace }, own, signal);
      return {};
    case "running":
      await writeStatus(backup, { state: "Running" }, own, signal);
      return {};
    case "collect":
      return await collect(c, backup, step.jobGone, own, signal);
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
  await writeStatus(backup, { conditions: [...conditions] }, deps, signal);
}

/** Asks the repository for the result. */
async function collect(
  c: PgCluster,
  backup: Live<PerconaPGBackup>,
  jobGone: boolean,
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
  const jobName = backup.status?.jobName ?? backupJobName(c, backup);
  const found =
    all.find((b) => b.annotations["percona.com/backup-job-name"] === jobName) ?? (jobGone ? undefined : all.at(-1));
  const completed = timestamp(now());
  if (found === undefined) {
    const error = jobGone
      ? `Job ${jobName} is gone and the repository has no backup of it.`
      : "The repository has no backup.";
    await writeStatus(backup, { state: "Failed", error, completed }, deps, signal);
    return {};
  }
  await writeStatus(
    backup,
    {
      state: "Succeeded",
      backupName: found.label,
      backupType: TYPE_WORDS[found.type],
      size: found.repositoryBytes,
      completed,
    },
    deps,
    signal,
  );
  deps.events.record(backup, {
    type: "Normal",
    reason: "BackupSucceeded",
    message: `Backup ${found.label} is in ${backup.spec.repoName}.`,
  });
  await dropOutdated(c, backup, new Set(all.map((b) => b.label)), deps, signal);
  return {};
}

/** Objects of backups that retention has removed from the repository. */
async function dropOutdated(
  c: PgCluster,
  done: Live<PerconaPGBackup>,
  labels: ReadonlySet<string>,
  { client, world }: ClusterDeps,
  signal: AbortSignal,
): Promise<void> {
  const view = world.view(`${c.namespace}/${c.name}`, 0);
  for (const backup of view?.backups ?? []) {
    const label = backup.status?.backupName;
    if (backup.metadata.uid === done.metadata.uid || backup.spec.repoName !== done.spec.repoName) continue;
    if (backup.status?.state !== "Succeeded" || label === undefined || labels.has(label)) continue;
    const { kind } = world.locate("PerconaPGBackup", c.namespace, backup.metadata.name);
    await client.delete(
      kind,
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
  await writeStatus(backup, { latestRestorableTime: latest }, deps, signal);
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

export { kinds };
