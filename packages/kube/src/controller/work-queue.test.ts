import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import fc from "fast-check";
import { WorkQueue } from "./work-queue.ts";

describe("work queue", () => {
  test("hands out a key once however often it was added", async () => {
    const queue = new WorkQueue({ name: "t" });
    for (const key of ["a", "b", "a"]) queue.add(key);
    assert.equal(queue.size, 2);
    assert.deepEqual([await queue.take(), await queue.take()], ["a", "b"]);
    queue.close();
  });

  test("keeps a key back while it is being worked on", async () => {
    const queue = new WorkQueue({ name: "t" });
    queue.add("a");
    await queue.take();
    queue.add("a");
    assert.equal(queue.size, 0);
    queue.done("a");
    assert.equal(await queue.take(), "a");
    queue.done("a");
    assert.equal(queue.size, 0);
    queue.close();
  });

  test("a user's change overtakes; a key that waits is raised, never lowered", async () => {
    const queue = new WorkQueue({ name: "t" });
    queue.add("resync", { priority: "resync" });
    queue.add("normal");
    queue.add("user", { priority: "user" });
    queue.add("raised", { priority: "resync" });
    queue.add("raised", { priority: "user" });
    queue.add("raised", { priority: "resync" });
    const order = [await queue.take(), await queue.take(), await queue.take(), await queue.take()];
    assert.deepEqual(order, ["user", "raised", "normal", "resync"]);
    queue.close();
  });

  test("who waits for a key gets the next one, and undefined at the end", async () => {
    const queue = new WorkQueue({ name: "t" });
    const first = queue.take();
    const second = queue.take();
    queue.add("a");
    assert.equal(await first, "a");
    queue.close();
    assert.equal(await second, undefined);
    assert.equal(await queue.take(), undefined);
  });

  test("delays: the earlier time wins, and being added now makes being added later pointless", () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const clock = mock.method(performance, "now", () => now);
    let now = 0;
    const pass = (ms: number) => {
      now += ms;
      mock.timers.tick(ms);
    };
    try {
      const queue = new WorkQueue({ name: "t" });
      queue.add("a", { delayMs: 100 });
      queue.add("a", { delayMs: 50 });
      queue.add("a", { delayMs: 200 });
      pass(49);
      assert.equal(queue.size, 0);
      pass(1);
      assert.equal(queue.size, 1);
      assert.equal(queue.delayed, 0);
      queue.add("b", { delayMs: 100 });
      queue.add("b");
      assert.equal(queue.delayed, 0);
      queue.close();
    } finally {
      clock.mock.restore();
      mock.timers.reset();
    }
  });

  test("spacing: news that come soon after a run wait together, what a person waits for does not", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let now = 0;
    t.mock.method(performance, "now", () => now);
    const pass = (ms: number) => {
      now += ms;
      t.mock.timers.tick(ms);
    };
    const queue = new WorkQueue({ name: "t", spacingMs: 100 });
    const run = () => {
      void queue.take();
      pass(30);
    };
    queue.add("a");
    run();
    queue.add("a");
    queue.done("a");
    queue.add("a");
    assert.equal(queue.size, 0);
    pass(69);
    assert.equal(queue.size, 0);
    pass(1);
    assert.equal(queue.size, 1);
    run();
    queue.done("a");
    pass(70);
    assert.equal(queue.size, 0, "nothing happened meanwhile");
    queue.add("a");
    assert.equal(queue.size, 1);
    run();
    queue.done("a");
    queue.add("a", { priority: "user" });
    assert.equal(queue.size, 1);
    run();
    queue.add("a", { priority: "user" });
    queue.done("a");
    assert.equal(queue.size, 1);
    queue.close();
  });

  test("failures count until the key is well again", () => {
    const queue = new WorkQueue({ name: "t" });
    queue.countFailure("a");
    queue.countFailure("a");
    assert.equal(queue.failures("a"), 2);
    queue.forget("a");
    assert.equal(queue.failures("a"), 0);
    queue.close();
  });

  test("property: no key runs twice at a time, and no addition is lost", async () => {
    const operation = fc.record({
      key: fc.constantFrom("a", "b", "c", "d"),
      what: fc.constantFrom("add", "user", "resync", "take", "done"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
        const queue = new WorkQueue({ name: "t" });
        const running = new Set<string>();
        /** Keys with an addition that no run has begun after. */
        const owed = new Set<string>();
        const takeOne = async () => {
          if (queue.size === 0) return;
          const key = await queue.take();
          assert.ok(key !== undefined && !running.has(key), "handed out twice");
          running.add(key);
          owed.delete(key);
        };
        for (const { key, what } of operations) {
          if (what === "take") await takeOne();
          else if (what === "done") {
            running.delete(key);
            queue.done(key);
          } else {
            queue.add(key, { priority: what === "add" ? "normal" : what });
            owed.add(key);
          }
        }
        for (const key of [...running]) {
          running.delete(key);
          queue.done(key);
        }
        while (queue.size > 0) await takeOne();
        assert.deepEqual([...owed], []);
        queue.close();
      }),
    );
  });
});
