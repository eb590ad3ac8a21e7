import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DatabaseDetail } from "../api/views.ts";
import type { ProblemError } from "../http/problem-error.ts";
import { restoreTarget } from "./restore.ts";

describe("the target of a restore", () => {
  const window = { from: "2026-02-01T00:00:00.000Z", to: "2026-12-31T00:00:00.000Z" };
  const database = { namespace: "shop", name: "orders", backups: { window } } as DatabaseDetail;

  it("is a moment in its own zone", () => {
    const target = restoreTarget({ target: "2026-03-02T01:30:00.500017+01:30" }, database, undefined);
    assert.deepEqual(target, {
      kind: "time",
      at: new Date("2026-03-02T00:00:00.500Z"),
      microseconds: "017",
      label: undefined,
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
});
