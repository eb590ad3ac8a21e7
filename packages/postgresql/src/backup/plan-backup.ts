/** What to do next about one backup. Pure; the state is in the resource's status and in the Job, never in memory. */
import type { Live } from "@keelson/kube";
import type { PerconaPGBackup, PerconaPGBackupStatus } from "@keelson/resources";
import { repoHostTrouble } from "../cluster/backup-state.ts";
import { notAccepted, UNMANAGED } from "../cluster/left-alone.ts";
import type { PgCluster } from "../cluster/model.ts";
import { backupLease } from "../cluster/names.ts";
import { activeRestore, appliedMarks, primaryOf, type View } from "../cluster/view.ts";
import type { Problem, Reason } from "../reasons.ts";
import { firstBackupDone, stanzaReady } from "./era.ts";
import { backupJobName, forbiddenBackupOption, isJobOf, jobResult, jobTypeOf } from "./job.ts";
import { type JobProgress, jobProgress, podsOfJob, type Trouble } from "./job-progress.ts";

export type BackupStep =
  | { readonly type: "nothing" }
  | { readonly type: "wait"; readonly reason: string; readonly message: string }
  | { readonly type: "fail"; readonly reason: Reason | "BackupFailed"; readonly message: string }
  /** Takes the turn: from here on no other backup of the cluster starts. */
  | { readonly type: "start" }
  | { readonly type: "createJob" }
  | ({ readonly type: "underWay"; readonly state: "Starting" | "Running" } & JobProgress)
  /** The Job has ended well, or is gone: the repository knows. */
  | { readonly type: "collect" };

const isOver = (b: PerconaPGBackup): boolean => b.status?.state === "Succeeded" || b.status?.state === "Failed";

/** The backup whose turn it is: one that has started, else the first of these data, which all others wait for, else the oldest that waits. */
export function whoseTurn(backups: readonly Live<PerconaPGBackup>[]): Live<PerconaPGBackup> | undefined {
  const open = backups.filter((b) => !isOver(b) && b.metadata.deletionTimestamp === undefined);
  return (
    open.find((b) => b.status?.state === "Starting" || b.status?.state === "Running") ??
    open.find((b) => jobTypeOf(b) === "replica-create") ??
    open[0]
  );
}

/** What pgBackRest said last, from the pods of the Job. */
export function jobFailure(view: View, jobName: string): string | undefined {
  const messages = podsOfJob(view, jobName)
    .map((pod) => pod.status?.containerStatuses?.[0]?.state?.terminated?.message?.trim())
    .filter((text) => text !== undefined && text !== "");
  return messages.at(-1)?.split("\n").at(-1);
}

/** What keeps a backup from going on, whether it has its turn already or not. */
function held({ status }: PerconaPGBackup, trouble: Trouble): BackupStep {
  const state = status?.state;
  return state === "Starting" || state === "Running"
    ? { type: "underWay", state, trouble }
    : { type: "wait", ...trouble };
}

/** The step while the cluster has no specification that could be followed. */
export const planUnaccepted = (backup: Live<PerconaPGBackup>, problems: readonly Problem[]): BackupStep =>
  isOver(backup) || backup.metadata.deletionTimestamp !== undefined
    ? { type: "nothing" }
    : held(backup, notAccepted(problems));

/** Why no backup can be taken now; undefined when one can. */
function notReady(c: PgCluster, view: View): string | undefined {
  if (primaryOf(view) === undefined) return "The cluster has no primary.";
  const host = repoHostTrouble(c, view);
  if (host !== undefined || stanzaReady(c, view)) return host;
  const refused = appliedMarks(view.cr)["stanzaError"];
  return `The repositories are not set up yet${refused === undefined ? "" : ` (${refused})`}.`;
}

export function planBackup(c: PgCluster, view: View, backup: Live<PerconaPGBackup>): BackupStep {
  const { status, spec } = backup;
  const state = status?.state ?? "";
  if (isOver(backup) || backup.metadata.deletionTimestamp !== undefined) return { type: "nothing" };
  if (c.unmanaged) return held(backup, UNMANAGED);
  // One that began now could only hold up the deletion.
  if (c.deleting && state !== "Running") return { type: "nothing" };
  if (state === "Starting" || state === "Running") {
    const job = view.jobs.get(backupJobName(c, backup));
    if (job === undefined) return state === "Running" ? { type: "collect" } : { type: "createJob" };
    if (!isJobOf(job, backup))
      return {
        type: "fail",
        reason: "BackupFailed",
        message: `There is another Job ${job.metadata.name}, which is not of this backup. Take another one.`,
      };
    const result = jobResult(job);
    if (result === "Complete") return { type: "collect" };
    if (result === "Failed")
      return {
        type: "fail",
        reason: "BackupFailed",
        message: jobFailure(view, job.metadata.name) ?? `Job ${job.metadata.name} has failed; see its log.`,
      };
    const runs = state === "Running" || (job.status?.active ?? 0) > 0;
    return { type: "underWay", state: runs ? "Running" : "Starting", ...jobProgress(c, view, "backup", job) };
  }
  if (spec.method === "volumeSnapshot")
    return {
      type: "fail",
      reason: "UnsupportedFeature",
      message: "spec.method: volume snapshots are not supported by this version. Use pgbackrest.",
    };
  if (!c.backups.enabled)
    return {
      type: "fail",
      reason: "BackupsDisabled",
      message: "spec.pgCluster: backups are disabled in this cluster. Set spec.backups.enabled there.",
    };
  if (!c.backups.repos.some((repo) => repo.name === spec.repoName)) {
    const known = c.backups.repos.map((repo) => repo.name).join(", ");
    return {
      type: "fail",
      reason: "UnknownRepo",
      message: `spec.repoName: the cluster has no ${spec.repoName}. Choose one of ${known}.`,
    };
  }
  const bad = forbiddenBackupOption(spec.options ?? []);
  if (bad !== undefined)
    return {
      type: "fail",
      reason: "InvalidOptions",
      message: `spec.options: ${bad} is not allowed here: a backup goes to spec.repoName, and has to be one that can be restored. Leave it out.`,
    };
  if (c.paused) return { type: "wait", reason: "ClusterPaused", message: "The cluster is paused." };
  if (activeRestore(view) !== undefined)
    return { type: "wait", reason: "Restoring", message: "The cluster is being restored." };
  const lacking = notReady(c, view);
  if (lacking !== undefined) return { type: "wait", reason: "ClusterNotReady", message: lacking };
  if (jobTypeOf(backup) !== "replica-create" && !firstBackupDone(c, view)) {
    return {
      type: "wait",
      reason: "PGBackRestReplicaCreate",
      message: "The first backup of the cluster is not complete yet.",
    };
  }
  const turn = whoseTurn(view.backups);
  if (turn !== undefined && turn.metadata.uid !== backup.metadata.uid) {
    return { type: "wait", reason: "LeaseAlreadyHeld", message: `${backupLease(c)} is held by ${turn.metadata.name}.` };
  }
  return { type: "start" };
}

/** What the status says of a backup that takes its turn. */
export function startedStatus(c: PgCluster, backup: PerconaPGBackup): Partial<PerconaPGBackupStatus> {
  const repo = c.backups.repos.find((r) => r.name === backup.spec.repoName);
  const { volume, ...rest } = repo ?? { name: backup.spec.repoName ?? "" };
  const storageType =
    repo?.s3 !== undefined
      ? "s3"
      : repo?.gcs !== undefined
        ? "gcs"
        : repo?.azure !== undefined
          ? "azure"
          : "filesystem";
  const path = c.backups.global[`${repo?.name}-path`] ?? `/pgbackrest/${repo?.name}`;
  const destination =
    repo?.s3 !== undefined
      ? `s3://${repo.s3.bucket}${path}`
      : repo?.gcs !== undefined
        ? `gs://${repo.gcs.bucket}${path}`
        : repo?.azure !== undefined
          ? `azure://${repo.azure.container}${path}`
          : `${path}`;
  return {
    state: "Starting",
    jobName: backupJobName(c, backup),
    storageType,
    destination,
    image: c.backups.image,
    crVersion: c.crVersion,
    repo: { ...rest, ...(volume === undefined ? {} : { volume: { volumeClaimSpec: volume } }) } as NonNullable<
      PerconaPGBackupStatus["repo"]
    >,
  };
}
