/** The next step of a restore in place. Pure; the state is in the resource's status and annotations, and in the Job. */
import { hasFinalizer } from "@keelson/engine";
import type { Job, Live } from "@keelson/kube";
import type { PerconaPGRestore } from "@keelson/resources";
import { jobResult } from "../backup/job.ts";
import { type JobProgress, jobProgress } from "../backup/job-progress.ts";
import { jobFailure } from "../backup/plan-backup.ts";
import { repoHostTrouble } from "../cluster/backup-state.ts";
import { dataVolumes } from "../cluster/inherited-volumes.ts";
import { annotation, label } from "../cluster/labels.ts";
import { UNMANAGED } from "../cluster/left-alone.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { instancesOf, leaderLock, primaryOf, type View } from "../cluster/view.ts";
import { type Problem, problem } from "../reasons.ts";
import { fallbackJobName, foundComplete, leftUntouched, restoreId, runningJobPods, worksFor } from "./job.ts";
import { parseOptions } from "./target.ts";

export const INSTANCE = "keelson.dev/instance";
export const STEP = "keelson.dev/step";
/** Why the restore failed; while it is there, the data from before are being brought back. */
export const FAILURE = "keelson.dev/failure";
/** Set when the restore failed before anything was overwritten. */
export const UNTOUCHED = "keelson.dev/untouched";
/** The timeline that was followed before the restore: what was committed meanwhile stays on it. The server reads it. */
export const TIMELINE_BEFORE = "keelson.dev/timeline-before";
/** Keeps a restore that is under way until the cluster is whole again. */
export const FINALIZER = "keelson.dev/restore";

const DELETED = "The PerconaPGRestore was deleted before it was complete.";
/** Pause before the data from before are tried to be brought back again. */
const RETRY_MS = 60_000;

export type RestoreStep =
  | { readonly type: "nothing" }
  | { readonly type: "wait"; readonly reason: string; readonly message: string; readonly atMostMs?: number }
  | { readonly type: "refuse"; readonly problem: Problem }
  /** Look whether the target can be reached; then take the cluster over. */
  | { readonly type: "check"; readonly instance: string; readonly primaryPod: string | undefined }
  /** Everything has stopped: nobody's memory of the old data may remain. */
  | { readonly type: "forget" }
  | {
      readonly type: "createJob";
      readonly job: string;
      readonly instance: string;
      readonly options: readonly string[];
      readonly id: string;
      readonly bringsBack: boolean;
    }
  /** Only time is needed, unless there is trouble. With a Job: it works. */
  | ({ readonly type: "underWay"; readonly message: string; readonly job?: string } & JobProgress)
  | { readonly type: "bringBack"; readonly failure: string; readonly endJob?: string }
  /** Not even the data from before can be had: PostgreSQL stays stopped until they can. */
  | { readonly type: "stuck"; readonly failure: string; readonly job: string; readonly retryInMs: number }
  /** Nothing was overwritten: the cluster goes on with what it has. */
  | { readonly type: "leave"; readonly instance: string; readonly failure: string }
  | { readonly type: "startInstances"; readonly instance: string; readonly id: string }
  | { readonly type: "finish"; readonly failure: string | undefined }
  /** Nothing is left to do for the resource: it may go. */
  | { readonly type: "release" };

/**
 * Notes of a restore that takes the cluster over. What a manifest has brought along is of another life, and would end this one early.
 *
 * @param timelineBefore 0 when no member says which one it is
 */
export const takingOver = (instance: string, timelineBefore: number): Record<string, string | null> => ({
  [INSTANCE]: instance,
  [TIMELINE_BEFORE]: timelineBefore === 0 ? null : String(timelineBefore),
  [STEP]: null,
  [FAILURE]: null,
  [UNTOUCHED]: null,
});

/** Notes of a restore whose data may start. With its own data, and not with those from before, it has not failed after all. */
export const startingWith = (restore: PerconaPGRestore, id: string): Record<string, string | null> => ({
  [STEP]: "starting",
  ...(id === restoreId(restore) ? { [FAILURE]: null } : {}),
});

/** Endpoints in which Patroni remembers the old data. */
export function patroniMemory(c: PgCluster, view: View): string[] {
  return [names.haService(c), names.failoverEndpoints(c), names.syncEndpoints(c)].filter((name) =>
    view.endpoints.has(name),
  );
}

const isOver = (restore: PerconaPGRestore): boolean =>
  restore.status?.state === "Succeeded" || restore.status?.state === "Failed";
const isUnderWay = (restore: PerconaPGRestore): boolean =>
  restore.status?.state === "Starting" || restore.status?.state === "Running";

export function planRestore(c: PgCluster, view: View, restore: Live<PerconaPGRestore>): RestoreStep {
  const deleted = restore.metadata.deletionTimestamp !== undefined;
  const nothingLeft = isOver(restore) || (deleted && (c.deleting || !isUnderWay(restore)));
  if (nothingLeft && hasFinalizer(restore, FINALIZER)) return { type: "release" };
  if (nothingLeft || c.deleting) return { type: "nothing" };
  if (c.unmanaged) return { type: "wait", ...UNMANAGED };
  return isUnderWay(restore) ? planWork(c, view, restore) : planStart(c, view, restore);
}

/** A Job of a restore that was given up may turn up late: it was made while its making was not yet seen. */
const isWriting = (job: Live<Job>, restore: PerconaPGRestore): boolean =>
  worksFor(job, restore) && job.metadata.deletionTimestamp === undefined && jobResult(job) === undefined;

function planWork(c: PgCluster, view: View, restore: Live<PerconaPGRestore>): RestoreStep {
  const annotations = restore.metadata.annotations ?? {};
  const instance = annotations[INSTANCE] ?? "";
  const failure = annotations[FAILURE];
  const id = failure === undefined ? restoreId(restore) : `${restoreId(restore)}-back`;
  const job = failure === undefined ? names.restoreJob(c) : fallbackJobName(c);
  if (annotations[STEP] === "starting") {
    const restored = view.cr.metadata.annotations?.[annotation.restored];
    if (annotations[UNTOUCHED] === undefined && restored !== id) return { type: "startInstances", instance, id };
    return primaryOf(view) === undefined
      ? { type: "underWay", message: `Instance ${instance} starts.` }
      : { type: "finish", failure };
  }
  const live = view.jobs.get(job);
  const mine = live !== undefined && worksFor(live, restore) && live.metadata.deletionTimestamp === undefined;
  const result = mine ? jobResult(live) : undefined;
  if (restore.metadata.deletionTimestamp !== undefined && failure === undefined && result !== "Complete")
    return { type: "bringBack", failure: DELETED, ...(mine ? { endJob: job } : {}) };
  const first = view.jobs.get(names.restoreJob(c));
  if (failure !== undefined && first !== undefined && isWriting(first, restore))
    return { type: "bringBack", failure, endJob: first.metadata.name };
  const pods = [...view.pods.values()].filter((pod) => pod.metadata.labels?.[label.data] === "postgres");
  if (pods.length > 0)
    return { type: "underWay", message: `These pods stop: ${pods.map((pod) => pod.metadata.name).join(", ")}.` };
  if (instancesOf(view).some((i) => i.statefulSet?.spec?.replicas !== 0))
    return { type: "underWay", message: "The instances stop." };
  if (!mine) return planJob(c, view, restore, { job, instance, id, bringsBack: failure !== undefined });
  if (result === "Complete") return { type: "startInstances", instance, id };
  if (result === "Failed") {
    if (failure !== undefined && foundComplete(view, job))
      return { type: "startInstances", instance, id: restoreId(restore) };
    const why = jobFailure(view, job) ?? `Job ${job} has failed; see its log.`;
    if (failure !== undefined) return planStuck(view, restore, live, `${failure} ${why}`);
    return leftUntouched(view, job) ? { type: "leave", instance, failure: why } : { type: "bringBack", failure: why };
  }
  const message = `Job ${job} ${failure === undefined ? "restores the data" : "brings the data from before back"}.`;
  const set = view.statefulSets.get(instance)?.metadata.labels?.[label.instanceSet] ?? "";
  return { type: "underWay", message, job, ...jobProgress(c, view, { set }, live) };
}

function planJob(
  c: PgCluster,
  view: View,
  restore: Live<PerconaPGRestore>,
  input: Pick<Extract<RestoreStep, { type: "createJob" }>, "job" | "instance" | "id" | "bringsBack">,
): RestoreStep {
  if (view.jobs.has(input.job) || runningJobPods(view).length > 0)
    return { type: "wait", reason: "EarlierJob", message: `Job ${input.job} of an earlier restore is going away.` };
  if (patroniMemory(c, view).length > 0 || remembersData(c, view)) return { type: "forget" };
  const parsed = parseOptions(input.bringsBack ? [] : (restore.spec.options ?? []));
  if ("problem" in parsed)
    return { type: "refuse", problem: problem("InvalidOptions", "spec.options", parsed.problem) };
  const repo = (restore.spec.repoName ?? "repo1").slice("repo".length);
  return { type: "createJob", ...input, options: [`--repo=${repo}`, ...parsed.options] };
}

/**
 * A half-restored instance beside whole replicas must not start: it could become the primary, and they would follow it. Whatever keeps the data from
 * being brought back, most often a repository that cannot be reached, may pass. Who wants other data makes another restore and deletes this one.
 */
function planStuck(view: View, restore: Live<PerconaPGRestore>, job: Live<Job>, failure: string): RestoreStep {
  const successor = view.restores.some((r) => r.metadata.uid !== restore.metadata.uid && isUnderWay(r));
  if (restore.metadata.deletionTimestamp !== undefined && successor) return { type: "release" };
  const failedAt = job.status?.conditions?.find((x) => x.type === "Failed")?.lastTransitionTime;
  const since = Date.parse(failedAt ?? job.metadata.creationTimestamp);
  return { type: "stuck", failure, job: job.metadata.name, retryInMs: Math.max(0, since + RETRY_MS - view.now) };
}

/** Patroni's identifier and history of the data that are about to be replaced. */
export function remembersData(c: PgCluster, view: View): boolean {
  const annotations = view.endpoints.get(names.configService(c))?.metadata.annotations ?? {};
  return (annotations["initialize"] ?? "") !== "" || (annotations["history"] ?? "") !== "";
}

function planStart(c: PgCluster, view: View, restore: Live<PerconaPGRestore>): RestoreStep {
  const refuse = (reason: Problem["reason"], field: string, message: string): RestoreStep => ({
    type: "refuse",
    problem: problem(reason, field, message),
  });
  if (restore.spec.volumeSnapshotBackupName !== undefined && restore.spec.volumeSnapshotBackupName !== "") {
    return refuse(
      "UnsupportedFeature",
      "spec.volumeSnapshotBackupName",
      "Volume snapshots are not supported by this version. Restore from a repository.",
    );
  }
  if (!c.backups.enabled)
    return refuse(
      "BackupsDisabled",
      "spec.pgCluster",
      "Backups are disabled in this cluster, so there is nothing to restore from.",
    );
  if (!c.backups.repos.some((repo) => repo.name === restore.spec.repoName)) {
    return refuse(
      "UnknownRepo",
      "spec.repoName",
      `The cluster has no ${restore.spec.repoName}. Choose one of ${c.backups.repos.map((r) => r.name).join(", ")}.`,
    );
  }
  const parsed = parseOptions(restore.spec.options ?? []);
  if ("problem" in parsed) return refuse("InvalidOptions", "spec.options", parsed.problem);
  if (c.paused)
    return { type: "wait", reason: "ClusterPaused", message: "The cluster is paused. Set spec.pause there to false." };
  const other = view.restores.find((r) => r.metadata.uid !== restore.metadata.uid && isUnderWay(r));
  const successor = other !== undefined && isGivenUp(c, view, other);
  const older = view.restores.find((r) => (r.status?.state ?? "") === "" && r.metadata.deletionTimestamp === undefined);
  const before = successor ? undefined : (other ?? (older?.metadata.uid === restore.metadata.uid ? undefined : older));
  if (before !== undefined)
    return { type: "wait", reason: "EarlierRestore", message: `Restore ${before.metadata.name} comes first.` };
  const primary = primaryOf(view);
  const given = other?.metadata.annotations?.[INSTANCE] ?? primary?.name;
  const atMostMs = given === undefined ? lockRunsFor(view) : 0;
  if (atMostMs > 0) {
    const message = `${leaderLock(view).pod} holds the leader's lock and is not running as primary. It is waited for, or for another primary.`;
    return { type: "wait", reason: "ClusterNotReady", message, atMostMs };
  }
  const instance = given ?? newestData(view);
  if (instance === undefined)
    return { type: "wait", reason: "ClusterNotReady", message: "The cluster has no instance yet." };
  const host = repoHostTrouble(c, view);
  if (host !== undefined) return { type: "wait", reason: "ClusterNotReady", message: host };
  return { type: "check", instance, primaryPod: primary?.pod?.metadata.name };
}

/**
 * Milliseconds until somebody else may take the lock from its holder; 0 when nobody holds it or renews it. A lock that has run out still names
 * its last holder: it is not waited for, because a restore is what helps when no primary comes back.
 */
function lockRunsFor(view: View): number {
  const { pod, expiresAt = 0 } = leaderLock(view);
  return pod === undefined ? 0 : Math.max(0, expiresAt - view.now);
}

/** Without a primary: the instance that was the last one, as far as that is known. Its log goes to the archive before it is overwritten. */
function newestData(view: View): string | undefined {
  const holder = leaderLock(view).pod;
  const ranked = [
    ...(holder === undefined ? [] : [names.instanceOfPod(holder)]),
    ...dataVolumes(view).map((volume) => volume.instance),
    ...instancesOf(view).map((i) => i.name),
  ];
  return ranked.find((name) => view.statefulSets.has(name));
}

/** A deleted restore that cannot bring the data back: another one may take its place, on the same instance. */
function isGivenUp(c: PgCluster, view: View, restore: Live<PerconaPGRestore>): boolean {
  const job = view.jobs.get(fallbackJobName(c));
  return (
    restore.metadata.deletionTimestamp !== undefined &&
    restore.metadata.annotations?.[FAILURE] !== undefined &&
    job !== undefined &&
    worksFor(job, restore) &&
    jobResult(job) === "Failed"
  );
}
