import assert from "node:assert/strict";
import { test } from "node:test";
import { countQuickEnd, restartDelayMs } from "./restart-delay.ts";

test("a program that ends once is started at once; one that keeps ending waits longer each time, up to ten seconds", () => {
  let quickEnds = 0;
  const delays: number[] = [];
  for (let end = 0; end < 10; end++) {
    quickEnds = countQuickEnd(quickEnds, 1_000);
    delays.push(restartDelayMs(quickEnds));
  }
  assert.deepEqual(delays, [0, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000]);
});

test("a long run forgets earlier quick ends", () => {
  assert.equal(restartDelayMs(countQuickEnd(9, 30_000)), 0);
});
