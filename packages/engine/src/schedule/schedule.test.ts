import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dueRun, scheduleProblem } from "./schedule.ts";

const at = (text: string) => Date.parse(text);
const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());
const due = (expression: string, since: string, now: string, timeZone?: string) => {
  const run = dueRun({ expression, ...(timeZone && { timeZone }) }, { since: at(since), now: at(now) });
  return [iso(run.due), iso(run.next)];
};

test("a run is due once its time has come, and not twice", () => {
  const weekly = "0 0 * * 6";
  assert.deepEqual(due(weekly, "2026-11-16T00:00:00Z", "2026-11-20T23:59:59Z"), [
    undefined,
    "2026-11-21T00:00:00.000Z",
  ]);
  assert.deepEqual(due(weekly, "2026-11-16T00:00:00Z", "2026-11-21T00:00:00Z"), [
    "2026-11-21T00:00:00.000Z",
    "2026-11-28T00:00:00.000Z",
  ]);
  assert.deepEqual(due(weekly, "2026-11-21T00:00:00Z", "2026-11-21T00:00:05Z"), [
    undefined,
    "2026-11-28T00:00:00.000Z",
  ]);
});

test("of several missed runs the latest is made up for", () => {
  assert.deepEqual(due("*/5 * * * *", "2026-11-20T10:02:00Z", "2026-11-21T08:13:20Z"), [
    "2026-11-21T08:10:00.000Z",
    "2026-11-21T08:15:00.000Z",
  ]);
  assert.deepEqual(due("* * * * *", "2020-01-01T00:00:00Z", "2026-11-21T08:13:20Z")[0], "2026-11-21T08:13:00.000Z");
  assert.deepEqual(due("0 0 1 1 *", "2020-06-01T00:00:00Z", "2026-11-21T08:13:20Z")[0], "2026-01-01T00:00:00.000Z");
});

test("time zones, and the hour that does not exist", () => {
  assert.deepEqual(due("0 2 * * *", "2026-07-01T00:00:00Z", "2026-07-01T00:00:01Z", "Europe/Berlin"), [
    undefined,
    "2026-07-02T00:00:00.000Z",
  ]);
  assert.deepEqual(
    due("CRON_TZ=America/New_York 0 2 * * *", "2026-11-20T08:00:00Z", "2026-11-21T07:00:00Z")[0],
    "2026-11-21T07:00:00.000Z",
  );
  // 29 March 2026: 02:30 does not exist in Berlin; the run is not lost.
  const [run] = due("30 2 * * *", "2026-03-28T02:00:00Z", "2026-03-29T05:00:00Z", "Europe/Berlin");
  assert.ok(run?.startsWith("2026-03-29T0"));
});

test("macros and intervals are understood", () => {
  assert.equal(due("@daily", "2026-11-20T10:00:00Z", "2026-11-21T08:00:00Z")[0], "2026-11-21T00:00:00.000Z");
  assert.equal(due("@every 1h30m", "2026-11-21T00:00:00Z", "2026-11-21T08:00:00Z")[0], "2026-11-21T07:30:00.000Z");
});

test("day of month and day of week together mean either, as in cron", () => {
  assert.deepEqual(due("0 0 13 * 5", "2026-11-13T00:00:00Z", "2026-11-13T01:00:00Z")[1], "2026-11-20T00:00:00.000Z");
});

test("a problem is said in a sentence, and its absence by nothing", () => {
  for (const expression of ["0 0 * * 6", "*/15 3-5 1,15 * MON-FRI", "@weekly", "TZ=Asia/Tokyo 0 1 * * *"]) {
    assert.equal(scheduleProblem({ expression }), undefined, expression);
  }
  for (const expression of [
    "",
    "nonsense",
    "0 0 * *",
    "61 * * * *",
    "0 0 0 * * *",
    "@every 5s",
    "@never",
    "TZ=Mars/Olympus 0 1 * * *",
  ]) {
    assert.match(scheduleProblem({ expression }) ?? "", /is not a schedule/, expression);
  }
});

test("catching up never runs a time twice and never skips the last one", () => {
  const expression = fc.constantFrom("*/7 * * * *", "13 */3 * * *", "0 4 * * 1", "30 1 1 * *", "@every 45m");
  const start = at("2026-01-01T00:00:00Z");
  fc.assert(
    fc.property(
      expression,
      fc.array(fc.integer({ min: 1, max: 40 * 86_400 }), { minLength: 1, maxLength: 30 }),
      (text, pauses) => {
        let [since, now] = [start, start];
        for (const pause of pauses) {
          now += pause * 1000;
          const run = dueRun({ expression: text }, { since, now });
          if (run.due !== undefined) {
            assert.ok(run.due > since && run.due <= now);
            since = run.due;
          }
          assert.ok(run.next !== undefined && run.next > now);
          assert.equal(dueRun({ expression: text }, { since, now }).due, undefined);
        }
      },
    ),
    { numRuns: 50 },
  );
});
