/** How far a Job is: counts, indexes, and whether it is at its end. Pure. */
import { isReady } from "../objects/pod-state.ts";
import { millisOf } from "../objects/time.ts";
import type { Job, JobStatus, Millis, Pod } from "../objects/types.ts";
import { judgeFailure } from "./failure-policy.ts";
import { formatIndexes, parseIndexes } from "./indexes.ts";
import { activePods, hasFailed, indexOf, isIndexed, isTracked, restartsInPlace, terminatingPods } from "./pods.ts";

/** Why a Job ends. */
export interface Verdict {
  readonly outcome: "succeeded" | "failed";
  readonly reason: string;
  readonly message: string;
}

/** The state of a Job as its pods and status tell it. */
export interface Progress {
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  readonly ready: number;
  /** Successes and failures, counted and still to be counted. */
  readonly succeeded: number;
  readonly failed: number;
  readonly succeededIndexes: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** Ended pods that are not in the counters nor in `uncountedTerminatedPods` yet. */
  readonly uncounted: { readonly succeeded: readonly Pod[]; readonly failed: readonly Pod[] };
  readonly verdict: Verdict | undefined;
}

/** Reads the state. `pods` are all pods of the Job that still exist. */
export function jobProgress(job: Job, pods: readonly Pod[], now: Millis): Progress {
  const status: JobStatus = job.status ?? {};
  const known = status.uncountedTerminatedPods ?? {};
  const isNew = (pod: Pod, list: readonly string[] | undefined) =>
    isTracked(pod) && list?.includes(pod.metadata.uid ?? "") !== true;
  const succeededPods = pods.filter((pod) => pod.status?.phase === "Succeeded");
  const failedPods = pods.filter((pod) => hasFailed(job, pod));
  const newlyFailed = failedPods.filter((pod) => isNew(pod, known.failed) && judgeFailure(job, pod).counts);
  const newlySucceeded = succeededPods.filter((pod) => isNew(pod, known.succeeded));

  const completions = job.spec?.completions ?? 0;
  const succeededIndexes = parseIndexes(status.completedIndexes, completions);
  if (isIndexed(job)) {
    for (const pod of succeededPods) {
      const index = indexOf(pod);
      if (index !== undefined && index < completions) succeededIndexes.add(index);
    }
  }
  const failedIndexes = findFailedIndexes(job, failedPods, succeededIndexes);
  const succeeded = isIndexed(job)
    ? succeededIndexes.size
    : (status.succeeded ?? 0) + (known.succeeded?.length ?? 0) + newlySucceeded.length;
  const failed = (status.failed ?? 0) + (known.failed?.length ?? 0) + newlyFailed.length;
  const active = activePods(pods);
  const counts = { active, succeeded, failed, succeededIndexes, failedIndexes };
  return {
    ...counts,
    terminating: terminatingPods(pods),
    ready: active.filter(isReady).length,
    uncounted: { succeeded: isIndexed(job) ? [] : newlySucceeded, failed: newlyFailed },
    verdict: judge(job, counts, { pods, failedPods, now }),
  };
}

/** When `activeDeadlineSeconds` passes. */
export function deadlineAt(job: Job): Millis | undefined {
  const seconds = job.spec?.activeDeadlineSeconds;
  const start = millisOf(job.status?.startTime);
  if (seconds === undefined || start === undefined || job.spec?.suspend === true) return undefined;
  return start + seconds * 1000;
}

type Counts = Pick<Progress, "active" | "succeeded" | "failed" | "succeededIndexes" | "failedIndexes">;

function judge(
  job: Job,
  counts: Counts,
  seen: { readonly pods: readonly Pod[]; readonly failedPods: readonly Pod[]; readonly now: Millis },
): Verdict | undefined {
  return earlierVerdict(job) ?? failure(job, counts, seen) ?? success(job, counts);
}

/** A decision once written stays. */
function earlierVerdict(job: Job): Verdict | undefined {
  for (const [type, outcome] of [
    ["SuccessCriteriaMet", "succeeded"],
    ["FailureTarget", "failed"],
  ] as const) {
    const condition = job.status?.conditions?.find((c) => c.type === type && c.status === "True");
    if (condition !== undefined) {
      return { outcome, reason: condition.reason ?? "", message: condition.message ?? "" };
    }
  }
  return undefined;
}

function failure(
  job: Job,
  { failed, succeededIndexes, failedIndexes }: Counts,
  seen: { readonly pods: readonly Pod[]; readonly failedPods: readonly Pod[]; readonly now: Millis },
): Verdict | undefined {
  const failJob = (reason: string, message: string): Verdict => ({ outcome: "failed", reason, message });
  for (const pod of seen.failedPods) {
    const { failsJob } = judgeFailure(job, pod);
    if (failsJob !== undefined) return failJob("PodFailurePolicy", failsJob);
  }
  const perIndex = job.spec?.backoffLimitPerIndex !== undefined;
  const limit = job.spec?.backoffLimit ?? (perIndex ? 2_147_483_647 : 6);
  const restarts = restartsInPlace(job, seen.pods);
  if (failed > limit || (restarts > 0 && restarts >= limit)) {
    return failJob("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  const deadline = deadlineAt(job);
  if (deadline !== undefined && seen.now >= deadline) {
    return failJob("DeadlineExceeded", "Job was active longer than specified deadline");
  }
  if (!perIndex) return undefined;
  if (job.spec?.maxFailedIndexes !== undefined && failedIndexes.size > job.spec.maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return failJob("MaxFailedIndexesExceeded", message);
  }
  const over = failedIndexes.size > 0 && failedIndexes.size + succeededIndexes.size >= (job.spec?.completions ?? 0);
  return over ? failJob("FailedIndexes", "Job has failed indexes") : undefined;
}

function success(job: Job, { active, succeeded, succeededIndexes }: Counts): Verdict | undefined {
  for (const [number, rule] of (job.spec?.successPolicy?.rules ?? []).entries()) {
    const wanted = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes, 2 ** 31);
    const matching = [...succeededIndexes].filter((index) => wanted?.has(index) ?? true).length;
    if (matching >= (rule.succeededCount ?? wanted?.size ?? 1)) {
      return { outcome: "succeeded", reason: "SuccessPolicy", message: `Matched rules at index ${number}` };
    }
  }
  const completions = job.spec?.completions;
  const reached = completions === undefined ? succeeded > 0 : succeeded >= completions;
  if (!reached || active.length > 0) return undefined;
  const message = "Reached expected number of succeeded pods";
  return { outcome: "succeeded", reason: "CompletionsReached", message };
}

/** Indexes whose pods failed more often than `backoffLimitPerIndex`, or whose failure rules say so. */
function findFailedIndexes(job: Job, failedPods: readonly Pod[], succeeded: ReadonlySet<number>): Set<number> {
  const limit = job.spec?.backoffLimitPerIndex;
  if (limit === undefined) return new Set();
  const indexes = parseIndexes(job.status?.failedIndexes, job.spec?.completions ?? 0);
  const failures = new Map<number, number>();
  for (const pod of failedPods) {
    const index = indexOf(pod);
    if (index === undefined || succeeded.has(index)) continue;
    const verdict = judgeFailure(job, pod);
    const count = (failures.get(index) ?? 0) + (verdict.counts ? 1 : 0);
    failures.set(index, count);
    if (count > limit || verdict.failsIndex === true) indexes.add(index);
  }
  return indexes;
}

/** The text of `status.failedIndexes`; undefined for Jobs that do not have the field. */
export function failedIndexesText(job: Job, indexes: ReadonlySet<number>): string | undefined {
  return job.spec?.backoffLimitPerIndex === undefined ? undefined : formatIndexes(indexes);
}
