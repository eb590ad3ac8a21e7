import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Job } from "../objects/types.ts";
import { NOW } from "../testing/world.ts";
import { type OwningCronJob, planCronJob } from "./plan.ts";
import { dueTimes } from "./schedule.ts";

const MINUTE = 60_000;

function cronJob(spec: object = {}, status: object = {}): OwningCronJob {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "backup", namespace: "ns", uid: "cj", creationTimestamp: "2026-01-01T11:30:30Z" },
    spec: { schedule: "0 * * * *", jobTemplate: { spec: { template: {} } }, ...spec },
    status,
  };
}

function job(
  name: string,
  state: "active" | "Complete" | "Failed" = "active",
  startTime = "2026-01-01T10:00:00Z",
): Job {
  const done =
    state === "active"
      ? {}
      : {
          conditions: [{ type: state, status: "True" }],
          ...(state === "Complete" ? { completionTime: startTime } : {}),
        };
  return { metadata: { name, namespace: "ns", uid: name }, status: { startTime, ...done } };
}

const plan = (each: OwningCronJob, jobs: readonly Job[] = [], now = NOW) => planCronJob({ cronJob: each, jobs, now });
const words = (each: OwningCronJob, jobs: readonly Job[] = [], now = NOW) =>
  plan(each, jobs, now).actions.map((a) =>
    a.type === "create"
      ? `create ${a.object.metadata.name}`
      : a.type === "delete"
        ? `delete ${a.ref.name}`
        : a.type === "event"
          ? a.reason
          : a.type,
  );
/** The Job of 12:00: its name is the time in minutes. */
const noon = `backup-${NOW / MINUTE}`;

describe("CronJob", () => {
  test("starts the Job of the hour, once, and waits for the next", () => {
    assert.deepEqual(words(cronJob()), [`create ${noon}`]);
    assert.deepEqual(words(cronJob(), [job(noon)]), []);
    assert.deepEqual(words(cronJob({}, { lastScheduleTime: "2026-01-01T12:00:00Z" }), [], NOW + MINUTE), []);
    assert.equal(plan(cronJob(), [job(noon)]).requeueAfterMs, 60 * MINUTE + 100);
    assert.deepEqual(words(cronJob(), [], NOW - 20 * MINUTE), [], "not before its first time");
  });

  test("of several missed times only the last is made up for, and none after the deadline", () => {
    const late = cronJob({}, { lastScheduleTime: "2026-01-01T05:00:00Z" });
    assert.deepEqual(words(late), [`create ${noon}`]);
    assert.equal(dueTimes(late, NOW).missed, 7);
    assert.deepEqual(words(cronJob({ startingDeadlineSeconds: 30 }), [], NOW + MINUTE), []);
    const years = cronJob({ schedule: "* * * * *" }, { lastScheduleTime: "2024-01-01T05:00:00Z" });
    assert.deepEqual(words(years), ["TooManyMissedTimes", `create ${noon}`]);
  });

  test("Forbid waits, Replace replaces, Allow adds", () => {
    assert.deepEqual(words(cronJob({ concurrencyPolicy: "Forbid" }), [job("old")]), ["JobAlreadyActive"]);
    assert.deepEqual(words(cronJob({ concurrencyPolicy: "Replace" }), [job("old")]), ["delete old", `create ${noon}`]);
    assert.deepEqual(words(cronJob({ concurrencyPolicy: "Allow" }), [job("old")]), [`create ${noon}`]);
  });

  test("suspended starts nothing; a schedule that is no schedule says so", () => {
    assert.deepEqual(words(cronJob({ suspend: true })), []);
    assert.deepEqual(words(cronJob({ schedule: "every tuesday" })), ["UnparseableSchedule"]);
  });

  test("a time zone moves the time", () => {
    const noonInTokyo = cronJob(
      { schedule: "0 12 * * *", timeZone: "Asia/Tokyo" },
      { lastScheduleTime: "2025-12-31T12:00:00Z" },
    );
    assert.equal(dueTimes(noonInTokyo, NOW).due, Date.parse("2026-01-01T03:00:00Z"));
  });

  test("keeps as many finished Jobs as asked for, the newest", () => {
    const jobs = [
      job("s1", "Complete", "2026-01-01T01:00:00Z"),
      job("s2", "Complete", "2026-01-01T02:00:00Z"),
      job("f1", "Failed"),
      job("f2", "Failed", "2026-01-01T11:00:00Z"),
    ];
    const each = cronJob({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1, suspend: true });
    assert.deepEqual(words(each, jobs), ["delete s1", "delete f1"]);
  });

  test("the status names what runs, the last time and the last success, and is written once", () => {
    const jobs = [job(noon), job("s", "Complete", "2026-01-01T11:00:00Z")];
    const [write] = plan(cronJob(), jobs).finish?.(undefined) ?? [];
    assert.ok(write?.type === "status");
    const { status } = write.object as OwningCronJob;
    assert.deepEqual(
      [status?.active?.[0]?.name, status?.lastScheduleTime, status?.lastSuccessfulTime],
      [noon, "2026-01-01T12:00:00Z", "2026-01-01T11:00:00Z"],
    );
    assert.deepEqual(plan({ ...cronJob(), status: status ?? {} }, jobs).finish?.(undefined), []);
  });
});
