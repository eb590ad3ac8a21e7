/** What a CronJob needs done next. Pure but for the calendar, which is a function of the given time. */
import { canonicalJson } from "@keelson/kube";
import { type Action, type Plan, refOf, regarding } from "../execution/actions.ts";
import { isFinished } from "../job/plan.ts";
import { controllerReference } from "../objects/owners.ts";
import { isTerminating } from "../objects/pod-state.ts";
import { millisOf, timestamp } from "../objects/time.ts";
import type { CronJob, CronJobStatus, Job, Millis } from "../objects/types.ts";
import { type DueTimes, dueTimes } from "./schedule.ts";

/** A CronJob with its types, so that it can own. */
export type OwningCronJob = CronJob & { readonly apiVersion: "batch/v1"; readonly kind: "CronJob" };

/** Everything the decision depends on. */
export interface CronJobView {
  readonly cronJob: OwningCronJob;
  /** Jobs that the CronJob owns. */
  readonly jobs: readonly Job[];
  readonly now: Millis;
}

/** Starts what is due, replaces or waits as the policy says, removes old Jobs, keeps the status. */
export function planCronJob({ cronJob, jobs, now }: CronJobView): Plan {
  if (isTerminating(cronJob)) return { actions: [] };
  const active = jobs.filter((job) => !isFinished(job) && !isTerminating(job));
  const cleanup = surplusHistory(cronJob, jobs);
  const settle =
    (started?: { readonly at: Millis; readonly job: Job }): NonNullable<Plan["finish"]> =>
    (failure) =>
      failure === undefined ? statusActions(cronJob, { jobs, active, started }) : [];

  const times = readSchedule(cronJob, now);
  if (typeof times === "string") {
    return {
      actions: [
        ...cleanup,
        event(cronJob, "Warning", [
          "UnparseableSchedule",
          `unparseable schedule "${cronJob.spec?.schedule}" : ${times}`,
        ]),
      ],
      finish: settle(),
    };
  }
  const wait = times.next === undefined ? undefined : times.next - now + 100;
  if (cronJob.spec?.suspend === true) return { actions: cleanup, finish: settle() };
  if (times.due === undefined) return { actions: cleanup, finish: settle(), requeueAfterMs: wait };

  const job = scheduledJob(cronJob, times.due);
  if (jobs.some((each) => each.metadata.name === job.metadata.name)) {
    return { actions: cleanup, finish: settle({ at: times.due, job }), requeueAfterMs: wait };
  }
  const policy = cronJob.spec?.concurrencyPolicy;
  if (policy === "Forbid" && active.length > 0) {
    const text = event(cronJob, "Normal", [
      "JobAlreadyActive",
      "Not starting job because prior execution is running and concurrency policy is Forbid",
    ]);
    // Looked at again when the running one ends, by its event.
    return { actions: [...cleanup, text], finish: settle(), requeueAfterMs: wait };
  }
  const replaced: readonly Action[] = policy === "Replace" ? active.map((each) => remove(cronJob, each)) : [];
  const report = {
    regarding: regarding("batch/v1", "CronJob", cronJob),
    done: { reason: "SuccessfulCreate", message: "Created job {name}" },
    failed: { reason: "FailedCreate", message: "Error creating job: {error}" },
  };
  const start: Action = { type: "create", kind: "Job", object: job, ifExists: "ignore", report };
  const many: readonly Action[] =
    times.missed >= 100
      ? [
          event(cronJob, "Warning", [
            "TooManyMissedTimes",
            "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
          ]),
        ]
      : [];
  return {
    actions: [...cleanup, ...many, ...replaced, start],
    finish: settle({ at: times.due, job }),
    requeueAfterMs: wait,
  };
}

/** The Job of one time: its name tells the time in minutes, so that no time is run twice. */
export function scheduledJob(cronJob: OwningCronJob, at: Millis): Job {
  const { metadata = {}, spec } = cronJob.spec?.jobTemplate ?? {};
  const { labels, annotations } = metadata;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${cronJob.metadata.name}-${Math.floor(at / 60_000)}`,
      namespace: cronJob.metadata.namespace ?? "",
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp": timestamp(at) },
      ownerReferences: [controllerReference(cronJob)],
    },
    ...(spec === undefined ? {} : { spec }),
  };
}

function readSchedule(cronJob: OwningCronJob, now: Millis): DueTimes | string {
  try {
    return dueTimes(cronJob, now);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function statusActions(
  cronJob: OwningCronJob,
  seen: {
    readonly jobs: readonly Job[];
    readonly active: readonly Job[];
    readonly started?: { readonly at: Millis; readonly job: Job } | undefined;
  },
): readonly Action[] {
  const { jobs, active, started } = seen;
  const successes = jobs.map((job) => millisOf(job.status?.completionTime)).filter((time) => time !== undefined);
  const lastSuccess = Math.max(millisOf(cronJob.status?.lastSuccessfulTime) ?? 0, ...successes);
  const lastSchedule = started === undefined ? cronJob.status?.lastScheduleTime : timestamp(started.at);
  const references = [...active]
    .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
    .map(({ metadata }) => ({
      apiVersion: "batch/v1",
      kind: "Job",
      name: metadata.name ?? "",
      namespace: metadata.namespace ?? "",
      uid: metadata.uid ?? "",
    }));
  const { resourceVersion: _, ...rest } = { resourceVersion: "", ...cronJob.status };
  const before: CronJobStatus = {
    ...rest,
    active: (cronJob.status?.active ?? []).map(({ resourceVersion: _version, ...each }) => each),
  };
  const status: CronJobStatus = {
    active: references,
    ...(lastSchedule === undefined ? {} : { lastScheduleTime: lastSchedule }),
    ...(lastSuccess === 0 ? {} : { lastSuccessfulTime: timestamp(lastSuccess) }),
  };
  if (canonicalJson(status) === canonicalJson(before)) return [];
  return [{ type: "status", kind: "CronJob", object: { ...cronJob, status } as OwningCronJob }];
}

/** Finished Jobs beyond the limits, oldest first. */
function surplusHistory(cronJob: OwningCronJob, jobs: readonly Job[]): readonly Action[] {
  const finished = jobs.filter((job) => isFinished(job) && !isTerminating(job));
  const failed = (job: Job) =>
    job.status?.conditions?.some((each) => each.type === "Failed" && each.status === "True") === true;
  const beyond = (list: readonly Job[], limit: number) =>
    [...list].sort(byStart).slice(0, Math.max(0, list.length - limit));
  return [
    ...beyond(
      finished.filter((job) => !failed(job)),
      cronJob.spec?.successfulJobsHistoryLimit ?? 3,
    ),
    ...beyond(finished.filter(failed), cronJob.spec?.failedJobsHistoryLimit ?? 1),
  ].map((job) => remove(cronJob, job));
}

function byStart(a: Job, b: Job): number {
  const key = (job: Job) =>
    `${job.status?.startTime ?? job.metadata.creationTimestamp ?? ""}/${job.metadata.name ?? ""}`;
  return key(a) < key(b) ? -1 : 1;
}

function remove(cronJob: OwningCronJob, job: Job): Action {
  const report = {
    regarding: regarding("batch/v1", "CronJob", cronJob),
    done: { reason: "SuccessfulDelete", message: "Deleted job {name}" },
  };
  return {
    type: "delete",
    kind: "Job",
    ref: refOf(job),
    uid: job.metadata.uid,
    propagationPolicy: "Background",
    report,
  };
}

function event(
  cronJob: OwningCronJob,
  level: "Normal" | "Warning",
  [reason, message]: readonly [string, string],
): Action {
  return { type: "event", regarding: regarding("batch/v1", "CronJob", cronJob), level, reason, message };
}
