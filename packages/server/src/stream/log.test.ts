import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ChangeLog } from "./log.ts";

describe("ChangeLog", () => {
  it("tells exactly what came after a number, or that it cannot", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1500 }), fc.integer({ min: 0, max: 1500 }), (total, seen) => {
        const log = new ChangeLog("e");
        const ids = Array.from({ length: total }, (_, index) => log.append("x", String(index)).id);
        const id = seen === 0 ? "e-0" : ids[seen - 1];
        if (id === undefined) return;
        const missed = log.since(id);
        const expected = ids.slice(seen);
        if (missed === undefined) assert.ok(expected.length > 500, "only what is long gone is not known");
        else
          assert.deepEqual(
            missed.map((entry) => entry.id),
            expected,
          );
      }),
    );
  });

  it("starts anew after a restart", () => {
    const log = new ChangeLog("new");
    log.append("x", "1");
    assert.equal(log.since("old-1"), undefined);
    assert.equal(log.since("new-7"), undefined);
    assert.equal(log.since("nonsense"), undefined);
    assert.deepEqual(log.since(log.position), []);
  });

  it("is bounded in bytes", () => {
    const log = new ChangeLog("e");
    const first = log.append("x", "0").id;
    for (let i = 0; i < 10; i++) log.append("x", "y".repeat(600_000));
    assert.equal(log.since(first), undefined);
    assert.ok((log.since(log.position) ?? []).length === 0);
  });
});
