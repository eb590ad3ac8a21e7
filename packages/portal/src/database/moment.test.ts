import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { fieldMoment, fieldText } from "./moment.ts";

const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) });

describe("moments", () => {
  it("are read from a field as they were written, to the second", () => {
    fc.assert(
      fc.property(moments, (ms) => {
        // The hour that a clock change repeats has one name for two moments.
        const again = fieldMoment(fieldText(ms));
        assert.ok(again !== undefined && [0, 3_600_000].includes(Math.abs(again - Math.floor(ms / 1000) * 1000)));
      }),
    );
    assert.equal(fieldMoment("2026-11-21T"), undefined);
  });
});
