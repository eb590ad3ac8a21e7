import assert from "node:assert/strict";
import { test } from "node:test";
import { unlessIdle } from "./half-open.ts";

/** Runs on a connection that never says a word, while the other side is idle as told; its outcome after that many looks, if it has one. */
async function connected(idle: readonly boolean[], outcomeAfter = Number.POSITIVE_INFINITY): Promise<[string, number]> {
  let looks = 0;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outcome = await unlessIdle({
    run: (signal) => {
      signal.addEventListener("abort", () => reject(signal.reason));
      return promise;
    },
    isIdle: async () => idle[Math.min(looks++, idle.length - 1)] ?? false,
    sleep: async () => {
      if (looks === outcomeAfter) resolve("done");
      await new Promise((passed) => setImmediate(passed));
    },
  }).catch((error: Error) => error.message);
  await new Promise((passed) => setImmediate(passed));
  return [outcome, looks];
}

test("a connection is given up when the other side has been idle twice in a row, and not before", async () => {
  const [outcome, looks] = await connected([false, true, false, true, true]);
  assert.match(outcome, /has not brought its outcome/);
  assert.equal(looks, 5);
});

test("while the other side works it is waited for, and nobody looks after the end", async () => {
  assert.deepEqual(await connected([false], 50), ["done", 50]);
});
