import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { backup } from "../../testing/fixtures.ts";
import { leftBehind } from "./left-behind.ts";
import type { PgRestore } from "./resources.ts";

const at = (clock: string): string => `2026-11-21T${clock}:00.000Z`;

/** A restore to a time, or with other options; asked for and done at. */
function restore(to: string | string[], [asked, done]: [string, string], timelineBefore?: number): PgRestore {
  const options = typeof to === "string" ? ["--type=time", `--target=2026-11-21 ${to}:00.000000+00`] : to;
  return {
    metadata: {
      name: `at-${asked}`,
      creationTimestamp: at(asked),
      ...(timelineBefore === undefined
        ? {}
        : { annotations: { "keelson.dev/timeline-before": String(timelineBefore) } }),
    },
    spec: { pgCluster: "orders", repoName: "repo1", options },
    status: { state: "Succeeded", completed: at(done) },
  };
}

const spans = (...restores: PgRestore[]) =>
  leftBehind(restores, [backup("b1", { state: "Succeeded", backupName: "20261121-083000F", completed: at("08:30") })])
    .map(({ from, to, timeline }) => `${from.slice(11, 16)}-${to.slice(11, 16)} on ${timeline}`)
    .join(", ");

const first = restore("09:00", ["10:03", "10:05"], 1);

describe("time that a restore has left behind", () => {
  it("goes from where it led to when it was asked for, on the timeline of before", () => {
    assert.deepEqual(leftBehind([first], []), [
      { from: at("09:00"), to: at("10:03"), timeline: 1, restoredAt: at("10:05") },
    ]);
  });

  it("has the timeline that was followed at its end, also when there was a failover meanwhile", () => {
    assert.equal(spans(restore("09:00", ["10:03", "10:05"], 4)), "09:00-10:03 on 4");
  });

  it("begins at the end of a backup that was restored", () => {
    const toBackup = ["--type=immediate", "--set=20261121-083000F"];
    assert.equal(spans(restore(toBackup, ["10:03", "10:05"], 1)), "08:30-10:03 on 1");
    assert.equal(spans(restore(["--type=immediate", "--set=gone"], ["10:03", "10:05"], 1)), "");
  });

  it("is none after a restore to the latest moment, nor while the timeline is not known", () => {
    assert.equal(spans(restore([], ["10:03", "10:05"], 1)), "");
    assert.equal(spans(restore("09:00", ["10:03", "10:05"])), "");
  });

  it("is none where a clock went wrong: a target after the restore's end", () => {
    assert.equal(spans(restore("11:00", ["10:03", "10:05"], 1)), "");
  });

  it("is none of a restore that has failed or is under way", () => {
    for (const state of ["Failed", "Running"]) assert.equal(spans({ ...first, status: { state } }), "");
  });

  it("is told by timeline when a later restore goes back to before an earlier one", () => {
    const second = restore("08:45", ["11:00", "11:02"], 2);
    assert.equal(spans(second, first), "08:45-10:03 on 1, 10:05-11:00 on 2");
  });

  it("is what is gone today: the way back brings one back, and leaves what came between", () => {
    const wayBack = restore("09:30", ["11:00", "11:02"], 2);
    assert.equal(spans(first, wayBack), "09:30-10:03 on 1, 10:05-11:00 on 2");
  });

  it("stays when a later restore led to after it", () => {
    const second = restore("10:30", ["11:00", "11:02"], 2);
    assert.equal(spans(first, second), "09:00-10:03 on 1, 10:30-11:00 on 2");
  });
});
