/**
 * What a Job needs done next. Pure.
 *
 * An ended pod is counted exactly once, whenever we may die: (1) its uid is noted in `status.uncountedTerminatedPods`,
 * (2) its finalizer is removed, (3) the uid moves into the counter. Each pass does what is next; step 2 follows the status
 * write of step 1 in the same pass, so a status conflict stops it.
 */
import { type Action, type Plan, refOf, regarding } from "../execution/actions.ts";
import { sameMeaning } from "../objects/canonical.ts";
import { isTerminating } from "../objects/pod-state.ts";
import { millisOf, soonest } from "../objects/time.ts";
import type { JobStatus, Millis, Pod } from "../objects/types.ts";
import {
  backoffMs,
  hasFailed,
  indexOf,
  isIndexed,
  isTracked,
  jobPod,
  type OwningJob,
  releaseAction,
  replacesOnlyFailed,
} from "./pods.ts";
import { deadlineAt, jobProgress, type Progress } from "./progress.ts";
import { jobStatus } from "./status.ts";

/** Everything the decision depends on. */
export interface JobView {
  readonly job: OwningJob;
  /** All pods of the Job that exist, ended ones included. */
  readonly pods: readonly Pod[];
  readonly now: Millis;
}

/** The most pods that one pass creates. */
const BURST = 500;

/** Counts, creates, deletes, finishes; a finished Job is deleted when its time to live is over. */
export function planJob(view: JobView): Plan {
  const { job, pods, now } = view;
  if (isFinished(job)) return planFinished(view);
  const progress = jobProgress(job, pods, now);
  const status = jobStatus(job, pods, { progress, now });
  const changes = planPods(view, progress);
  const deadline = deadlineAt(job);
  return {
    actions: [
      ...statusActions(job, status),
      ...releases(job, pods, progress),
      ...(isTerminating(job) ? [] : changes.actions),
    ],
    requeueAfterMs: soonest(changes.waitMs, deadline === undefined ? undefined : deadline - now),
  };
}

/** Whether the Job has its final condition. */
export function isFinished(job: { readonly status?: JobStatus }): boolean {
  return (
    job.status?.conditions?.some((c) => (c.type === "Complete" || c.type === "Failed") && c.status === "True") === true
  );
}

/** When a finished Job finished. */
export function finishedAt(job: { readonly status?: JobStatus }): Millis | undefined {
  const final = job.status?.conditions?.find(
    (c) => (c.type === "Complete" || c.type === "Failed") && c.status === "True",
  );
  return millisOf(final?.lastTransitionTime);
}

function planFinished({ job, pods, now }: JobView): Plan {
  const actions = pods.filter(isTracked).map(releaseAction);
  const seconds = job.spec?.ttlSecondsAfterFinished;
  const at = finishedAt(job);
  if (seconds === undefined || at === undefined || isTerminating(job)) return { actions };
  const left = at + seconds * 1000 - now;
  if (left > 0) return { actions, requeueAfterMs: left };
  const { uid, resourceVersion } = job.metadata;
  const remove: Action = {
    type: "delete",
    kind: "Job",
    ref: refOf(job),
    uid,
    resourceVersion,
    propagationPolicy: "Foreground",
  };
  return { actions: [...actions, remove] };
}

function statusActions(job: OwningJob, status: JobStatus): readonly Action[] {
  if (sameMeaning(status, job.status)) return [];
  const write: Action = { type: "status", kind: "Job", object: { ...job, status } as OwningJob };
  const before = job.status?.conditions ?? [];
  const told = (status.conditions ?? []).filter((c) => before.find((old) => old.type === c.type)?.status !== c.status);
  return [write, ...told.flatMap((condition) => conditionEvent(job, condition))];
}

function conditionEvent(
  job: OwningJob,
  condition: { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string },
): readonly Action[] {
  const event = (level: "Normal" | "Warning", reason: string, message: string): readonly Action[] => [
    { type: "event", regarding: regarding("batch/v1", "Job", job), level, reason, message },
  ];
  switch (condition.type) {
    case "Complete":
      return event("Normal", "Completed", "Job completed");
    case "Failed":
      return event("Warning", condition.reason ?? "Failed", condition.message ?? "");
    case "Suspended":
      return condition.status === "True"
        ? event("Normal", "Suspended", "Job suspended")
        : event("Normal", "Resumed", "Job resumed");
    default:
      return [];
  }
}

/** Finalizers to remove: of pods that the status written before accounts for, or whose end no longer matters. */
function releases(job: OwningJob, pods: readonly Pod[], { verdict }: Progress): readonly Action[] {
  const ended = (pod: Pod) =>
    pod.status?.phase === "Succeeded" ||
    hasFailed(job, pod) ||
    isTerminating(job) ||
    (verdict !== undefined && isTerminating(pod));
  return pods.filter((pod) => isTracked(pod) && ended(pod)).map(releaseAction);
}

interface PodChanges {
  readonly actions: readonly Action[];
  readonly waitMs?: Millis | undefined;
}

function planPods(view: JobView, progress: Progress): PodChanges {
  const { job } = view;
  const { active, verdict } = progress;
  if (verdict !== undefined || job.spec?.suspend === true) return { actions: active.map((pod) => remove(job, pod)) };
  const wanted = wantedActive(job, progress);
  const occupied = replacesOnlyFailed(job) ? progress.terminating.length : 0;

  const misplaced = isIndexed(job) ? misplacedPods(job, progress) : [];
  const kept = active.filter((pod) => !misplaced.includes(pod));
  if (misplaced.length > 0 || kept.length > wanted) {
    const surplus = [...kept].sort(byReadiness).slice(0, Math.max(0, kept.length - wanted));
    return { actions: [...misplaced, ...surplus].map((pod) => remove(job, pod)) };
  }
  const missing = Math.min(wanted - kept.length - occupied, BURST);
  if (missing <= 0) return { actions: [] };
  const waitMs = backoffMs(job, view.pods, view.now);
  if (waitMs > 0) return { actions: [], waitMs };
  const indexes = isIndexed(job)
    ? freeIndexes(job, progress, missing)
    : Array.from({ length: missing }, () => undefined);
  return { actions: indexes.map((index) => createAction(job, index)) };
}

/** How many pods should run now. */
function wantedActive(job: OwningJob, { active, succeeded, failedIndexes }: Progress): number {
  const parallelism = job.spec?.parallelism ?? 1;
  const completions = job.spec?.completions;
  if (completions === undefined) return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded - failedIndexes.size));
}

/** Active pods whose index is done, failed, out of range, or run twice (the older stays). */
function misplacedPods(job: OwningJob, { active, succeededIndexes, failedIndexes }: Progress): readonly Pod[] {
  const taken = new Set<number>();
  const ordered = [...active].sort((a, b) =>
    (a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? -1 : 1,
  );
  return ordered.filter((pod) => {
    const index = indexOf(pod);
    const wrong =
      index === undefined ||
      index >= (job.spec?.completions ?? 0) ||
      succeededIndexes.has(index) ||
      failedIndexes.has(index) ||
      taken.has(index);
    if (!wrong) taken.add(index);
    return wrong;
  });
}

function freeIndexes(job: OwningJob, progress: Progress, count: number): readonly number[] {
  const holders = replacesOnlyFailed(job) ? [...progress.active, ...progress.terminating] : progress.active;
  const taken = new Set(holders.map(indexOf));
  const free: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && free.length < count; index++) {
    if (!taken.has(index) && !progress.succeededIndexes.has(index) && !progress.failedIndexes.has(index))
      free.push(index);
  }
  return free;
}

function byReadiness(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => (pod.spec?.nodeName === undefined ? 0 : pod.status?.phase === "Running" ? 2 : 1);
  return rank(a) - rank(b) || ((a.metadata.creationTimestamp ?? "") > (b.metadata.creationTimestamp ?? "") ? -1 : 1);
}

function createAction(job: OwningJob, index: number | undefined): Action {
  const report = {
    regarding: regarding("batch/v1", "Job", job),
    done: { reason: "SuccessfulCreate", message: "Created pod: {name}" },
    failed: { reason: "FailedCreate", message: "Error creating: {error}" },
  };
  return { type: "create", kind: "Pod", object: jobPod(job, index), report };
}

function remove(job: OwningJob, pod: Pod): Action {
  const report = {
    regarding: regarding("batch/v1", "Job", job),
    done: { reason: "SuccessfulDelete", message: "Deleted pod: {name}" },
    failed: { reason: "FailedDelete", message: "Error deleting: {error}" },
  };
  return { type: "delete", kind: "Pod", ref: refOf(pod), uid: pod.metadata.uid, report };
}
