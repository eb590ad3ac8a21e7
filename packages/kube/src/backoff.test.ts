import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backoffMs } from "./backoff.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });

test("property: a wait is never longer than the limit, never shorter than half its step", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e4 }),
      fc.integer({ min: 1, max: 1e6 }),
      fc.nat(1_000),
      unit,
      (baseMs, maxMs, n, random) => {
        const wait = backoffMs({ baseMs, maxMs }, n, random);
        assert.ok(wait <= maxMs && wait >= Math.min(maxMs, baseMs) / 2);
      },
    ),
  );
});

test("property: with the same luck, waits only grow", () => {
  fc.assert(
    fc.property(fc.nat(50), unit, (n, random) => {
      const limits = { baseMs: 10, maxMs: 60_000 };
      assert.ok(backoffMs(limits, n + 1, random) >= backoffMs(limits, n, random));
    }),
  );
});
