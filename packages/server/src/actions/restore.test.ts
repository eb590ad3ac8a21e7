import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Backup, DatabaseDetail } from "../api/views.ts";
import type { ProblemError } from "../http/problem-error.ts";
import { repoFor, restoreTarget } from "./restore.ts";

const window = { from: "2026-02-01T00:00:00.000Z", to: "2026-12-31T00:00:00.000Z" };
const span = {
  from: "2026-05-01T09:00:00.000Z",
  to: "2026-05-01T10:03:00.000Z",
  timeline: 2,
  restoredAt: "2026-05-01T10:05:00.000Z",
};
const database = {
  namespace: "shop",
  name: "orders",
  backups: { window, leftBehind: [span] },
  topology: { instances: [{ timeline: 3 }, {}] },
  manifest: { spec: { backups: { pgbackrest: { repos: [{ name: "repo1" }, { name: "repo2" }] } } } },
} as unknown as DatabaseDetail;

const timeOf = (request: Parameters<typeof restoreTarget>[0]) => {
  const target = restoreTarget(request, database, undefined);
  assert.ok(target.kind === "time");
  return target;
};

describe("the target of a restore", () => {
  it("is a moment in its own zone", () => {
    const target = restoreTarget({ target: "2026-03-02T01:30:00.500017+01:30" }, database, undefined);
    assert.deepEqual(target, {
      kind: "time",
      at: new Date("2026-03-02T00:00:00.500Z"),
      microseconds: "017",
      label: undefined,
      timeline: undefined,
    });
  });

  it("is never another moment than the one that was written", () => {
    for (const target of [
      "2026-02-30T00:00:00Z",
      "2026-11-31T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-03-02",
      "now",
    ]) {
      assert.throws(
        () => restoreTarget({ target }, database, undefined),
        ({ code, extras }: ProblemError) => code === "InvalidField" && extras.value === target,
        target,
      );
    }
  });

  it("that a restore has left behind is refused with the timeline that has it, and taken with it", () => {
    const target = "2026-05-01T09:30:00Z";
    assert.throws(
      () => timeOf({ target }),
      ({ code, extras }: ProblemError) =>
        code === "InvalidField" && extras.field === "/target" && /"targetTimeline": 2 /.test(extras.remedy ?? ""),
    );
    assert.equal(timeOf({ target, targetTimeline: 2 }).timeline, 2);
    for (const beside of [span.from, span.to]) assert.equal(timeOf({ target: beside }).timeline, undefined);
  });

  it("has a timeline only with a moment, and none that is still to come", () => {
    const requests = [
      { targetTimeline: 1 },
      { target: "latest", targetTimeline: 1 },
      { target: "2026-03-02T00:00:00Z", targetTimeline: 4 },
    ];
    for (const request of requests)
      assert.throws(
        () => timeOf(request),
        ({ code, extras }: ProblemError) =>
          code === "InvalidField" && extras.field === "/targetTimeline" && extras.value === request.targetTimeline,
      );
  });
});

describe("the repository of a restore", () => {
  const backup = (repo: string, month: string, state = "succeeded") =>
    ({ repo, state, completedAt: `2026-${month}-01T00:00:00.000Z` }) as Backup;
  const repo = (target: string | undefined, ...backups: Backup[]) =>
    repoFor(restoreTarget(target === undefined ? {} : { target }, database, undefined), database, backups);

  it("is the first that has a backup from before the moment", () => {
    const both = [backup("repo1", "04"), backup("repo2", "02")];
    assert.equal(repo("2026-04-02T00:00:00Z", ...both), "repo1");
    assert.equal(repo("2026-03-02T00:00:00Z", ...both), "repo2");
    assert.equal(repo("2026-03-02T00:00:00Z", backup("repo1", "02", "failed"), ...both), "repo2");
  });

  it("has a backup at all when the latest moment is wanted", () => {
    assert.equal(repo(undefined, backup("repo2", "02")), "repo2");
    assert.equal(repo(undefined, backup("repo2", "02"), backup("repo1", "04")), "repo1");
  });
});
