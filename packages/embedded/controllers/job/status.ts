/** A Job's status. Pure. Ended pods are counted in three steps that survive a crash between any two: see ./plan.ts. */
import { timestamp } from "../objects/time.ts";
import type { Job, JobCondition, JobStatus, Millis, Pod } from "../objects/types.ts";
import { formatIndexes } from "./indexes.ts";
import { isIndexed, isTracked } from "./pods.ts";
import { failedIndexesText, type Progress } from "./progress.ts";

/** The next status. It has the final condition only when nothing is left to count and no pod runs. */
export function jobStatus(job: Job, pods: readonly Pod[], seen: { progress: Progress; now: Millis }): JobStatus {
  const { progress, now } = seen;
  const before: JobStatus = job.status ?? {};
  const counted = countReleased(before, pods);
  const uncounted = {
    succeeded: [...counted.succeeded.left, ...uids(progress.uncounted.succeeded)],
    failed: [...counted.failed.left, ...uids(progress.uncounted.failed)],
  };
  const succeeded = isIndexed(job) ? progress.succeededIndexes.size : (before.succeeded ?? 0) + counted.succeeded.done;
  const failed = (before.failed ?? 0) + counted.failed.done;
  const failedIndexes = failedIndexesText(job, progress.failedIndexes);
  const completedIndexes = formatIndexes(progress.succeededIndexes);

  const pending = uncounted.succeeded.length + uncounted.failed.length > 0 || pods.some(isTracked);
  const running = progress.active.length + progress.terminating.length > 0;
  const conditions = nextConditions(job, progress, { now, final: !pending && !running });
  const complete = conditions.some((c) => c.type === "Complete" && c.status === "True");
  const startTime = startTimeOf(job, conditions, now);
  return {
    ...(progress.active.length === 0 ? {} : { active: progress.active.length }),
    ready: progress.ready,
    terminating: progress.terminating.length,
    ...(succeeded === 0 ? {} : { succeeded }),
    ...(failed === 0 ? {} : { failed }),
    ...(completedIndexes === "" ? {} : { completedIndexes }),
    ...(failedIndexes === undefined ? {} : { failedIndexes }),
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length === 0 ? {} : { succeeded: uncounted.succeeded }),
      ...(uncounted.failed.length === 0 ? {} : { failed: uncounted.failed }),
    },
    ...(startTime === undefined ? {} : { startTime }),
    ...(complete ? { completionTime: before.completionTime ?? timestamp(now) } : {}),
    ...(conditions.length === 0 ? {} : { conditions: [...conditions] }),
  };
}

interface Released {
  readonly done: number;
  readonly left: readonly string[];
}

/** Which noted pods lost their finalizer (or are gone), so that they can move into the counters. */
function countReleased(status: JobStatus, pods: readonly Pod[]): Record<"succeeded" | "failed", Released> {
  const tracked = new Set(uids(pods.filter(isTracked)));
  const split = (list: readonly string[] = []): Released => {
    const left = list.filter((uid) => tracked.has(uid));
    return { done: list.length - left.length, left };
  };
  const noted = status.uncountedTerminatedPods;
  return { succeeded: split(noted?.succeeded), failed: split(noted?.failed) };
}

function nextConditions(
  job: Job,
  { verdict }: Progress,
  at: { readonly now: Millis; readonly final: boolean },
): readonly JobCondition[] {
  let conditions: readonly JobCondition[] = job.status?.conditions ?? [];
  const add = (type: string, status: string, why: { reason: string; message: string }) => {
    const present = conditions.find((condition) => condition.type === type);
    if (present?.status === status) return;
    const time = timestamp(at.now);
    const { reason, message } = why;
    const condition = { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
    conditions = [...conditions.filter((c) => c !== present), condition];
  };
  if (verdict === undefined) {
    const suspended = conditions.some((condition) => condition.type === "Suspended" && condition.status === "True");
    if (job.spec?.suspend === true) add("Suspended", "True", { reason: "JobSuspended", message: "Job suspended" });
    else if (suspended) add("Suspended", "False", { reason: "JobResumed", message: "Job resumed" });
    return conditions;
  }
  const succeeded = verdict.outcome === "succeeded";
  add(succeeded ? "SuccessCriteriaMet" : "FailureTarget", "True", verdict);
  if (at.final) add(succeeded ? "Complete" : "Failed", "True", verdict);
  return conditions;
}

/** Set when the Job first runs, and anew when it is resumed, so that the deadline does not count the pause. */
function startTimeOf(job: Job, conditions: readonly JobCondition[], now: Millis): string | undefined {
  const before = job.status?.startTime;
  if (job.spec?.suspend === true) return before;
  const wasSuspended = job.status?.conditions?.some((c) => c.type === "Suspended" && c.status === "True") === true;
  const resumed = wasSuspended && conditions.some((c) => c.type === "Suspended" && c.status === "False");
  return resumed ? timestamp(now) : (before ?? timestamp(now));
}

function uids(pods: readonly Pod[]): readonly string[] {
  return pods.map((pod) => pod.metadata.uid ?? "");
}
