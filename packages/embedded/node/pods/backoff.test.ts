import assert from "node:assert/strict";
import { test } from "node:test";
import { afterFailure, formatDelay, nextRestart } from "./backoff.ts";
import type { Backoff } from "./state.ts";

test("a container that fails at once: the first restart is immediate, then 10 s doubling to 5 min", () => {
  let now = 0;
  let backoff: Backoff | undefined;
  const starts: number[] = [];
  for (let i = 0; i < 9; i++) {
    const next = nextRestart(backoff, now, now);
    if (next.at > now) now = next.at;
    starts.push(now / 1000);
    backoff = nextRestart(backoff, now, now).backoff;
  }
  assert.deepEqual(starts, [0, 10, 30, 70, 150, 310, 610, 910, 1210]);
});

test("a container that ran longer than its delay restarts at once, but keeps its history", () => {
  const { at, backoff } = nextRestart({ delayMs: 40_000, since: 0 }, 60_000, 60_000);
  assert.equal(at, 60_000);
  assert.equal(backoff.delayMs, 80_000);
});

test("after ten good minutes the history is forgotten", () => {
  const { backoff } = nextRestart({ delayMs: 300_000, since: 0 }, 600_001, 600_001);
  assert.equal(backoff.delayMs, 10_000);
});

test("failed tries double their delay", () => {
  const first = afterFailure(undefined, 0);
  assert.deepEqual([first.delayMs, afterFailure(first, 5).delayMs], [10_000, 20_000]);
  assert.equal(formatDelay(160_000), "2m40s");
  assert.equal(formatDelay(20_000), "20s");
});
