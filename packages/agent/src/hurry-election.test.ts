import assert from "node:assert/strict";
import { test } from "node:test";
import { nextLookMs } from "./hurry-election.ts";

test("without a leader Patroni is woken often at first, and never less often than it wakes by itself", () => {
  const delays = Array.from({ length: 40 }, (_, looks) => nextLookMs(looks));
  assert.equal(delays[0], 250);
  assert.ok(delays.slice(0, 10).reduce((sum, delay) => sum + delay, 0) < 7_000);
  assert.deepEqual(
    delays,
    [...delays].sort((a, b) => a - b),
  );
  assert.equal(delays.at(-1), 10_000);
});
