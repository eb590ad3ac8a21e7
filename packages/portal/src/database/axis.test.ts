import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { clamp, percent, ticks } from "./axis.ts";

const year = 365 * 86_400_000;
const ranges = fc
  .tuple(
    fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) }),
    fc.integer({ min: 60_000, max: 3 * year }),
  )
  .map(([from, width]) => ({ from, to: from + width }));

describe("moments on an axis", () => {
  it("stay within their range", () => {
    const range = { from: 10, to: 20 };
    assert.deepEqual([clamp(5, range), clamp(15, range), clamp(25, range)], [10, 15, 20]);
    assert.deepEqual([percent(10, range), percent(15, range), percent(20, range)], [0, 50, 100]);
    assert.equal(percent(5, { from: 5, to: 5 }), 0);
  });

  it("are marked by a few round ticks in order", () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const all = ticks(range, 7);
        assert.ok(all.length <= 8);
        assert.ok(
          all.every((at, index) => at >= range.from && at <= range.to && (index === 0 || at > (all[index - 1] ?? 0))),
        );
      }),
    );
  });
});
