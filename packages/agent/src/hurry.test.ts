import assert from "node:assert/strict";
import { test } from "node:test";
import { Hurry, nextLookMs } from "./hurry.ts";

test("without a leader Patroni is woken often at first, and never less often than it wakes by itself", () => {
  const delays = Array.from({ length: 40 }, (_, looks) => nextLookMs(looks));
  assert.equal(delays[0], 250);
  assert.ok(delays.slice(0, 10).reduce((sum, delay) => sum + delay, 0) < 7_000);
  assert.deepEqual(
    delays,
    [...delays].sort((a, b) => a - b),
  );
  assert.equal(delays.at(-1), 10_000);
  assert.equal(nextLookMs(40, 2_000), 2_000);
});

test("Patroni is woken until it is stopped, and anew when it is started anew", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let wakes = 0;
  const hurry = new Hurry(async () => {
    wakes++;
  });
  const pass = async (milliseconds: number): Promise<number> => {
    t.mock.timers.tick(milliseconds);
    await new Promise((resolve) => setImmediate(resolve));
    return wakes;
  };
  hurry.start(0);
  assert.equal(await pass(1), 1);
  assert.equal(await pass(249), 1);
  assert.equal(await pass(1), 2);
  hurry.start();
  assert.equal(await pass(249), 2);
  assert.equal(await pass(1), 3);
  hurry.stop();
  assert.equal(await pass(60_000), 3);
});

test("stopped while Patroni is being woken, it stays stopped", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let wakes = 0;
  const hurry = new Hurry(async () => {
    wakes++;
    hurry.stop();
  });
  hurry.start(0);
  for (let i = 0; i < 3; i++) {
    t.mock.timers.tick(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(wakes, 1);
});
