/** What to do next about one backup. Pure; the state is in the resource's status and in the Job, never in memory. */
import type { Live } from "@keelson/kube";
import type { PerconaPGBackup, PerconaPGBackupStatus } from "@keelson/resources";
import type { PgCluster } from "../cluster/model.ts";
import { backupLease, repoHostPod } from "../cluster/names.ts";
import { activeRestore, isReady, primaryOf, type View } from "../cluster/view.ts";
import type { Reason } from "../reasons.ts";
import { firstBackupDone, stanzaReady } from "./era.ts";
import { backupJobName, forbiddenBackupOption, isJobOf, jobResult, jobTypeOf } from "./job.ts";

export type BackupStep =
  | { readonly type: "nothing" }
  | { readonly type: "wait"; readonly reason: string; readonly message: string }
  | { readonly type: "fail"; readonly reason: Reason | "BackupFailed"; readonly message: string }
  /** Takes the turn: from here on no other backup of the cluster starts. */
  | { readonly type: "start" }
  | { readonly type: "createJob" }
  | { readonly type: "running" }
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
  const messages = [...view.pods.values()]
    .filter(
      (pod) =>
        pod.metadata.labels?.["batch.kubernetes.io/job-name"] === jobName ||
        pod.metadata.labels?.["job-name"] === jobName,
    )
    .toSorted((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp))
    .map((pod) => pod.status?.containerStatuses?.[0]?.state?.terminated?.message?.trim())
    .filter((text) => text !== undefined && text !== "");
  return messages.at(-1)?.split("\n").at(-1);
}

export function planBackup(c: PgCluster, view: View, backup: Live<PerconaPGBackup>): BackupStep {
  const { status, spec } = backup;
  const state = status?.state ?? "";
  if (isOver(backup) || backup.metadata.deletionTimestamp !== undefined) return { type: "nothing" };
  if (c.unmanaged) return { type: "nothing" };
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
    return state === "Starting" && (job.status?.active ?? 0) > 0 ? { type: "running" } : { type: "nothing" };
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
  if (primaryOf(view) === undefined || !isReady(view.pods.get(repoHostPod(c))) || !stanzaReady(c, view)) {
    return {
      type: "wait",
      reason: "ClusterNotReady",
      message: "The cluster has no primary, or its repository host is not ready.",
    };
  }
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
