import assert from "node:assert/strict";
import { test } from "node:test";
import { handOver, handOverMs, howToEnd } from "./ending.ts";
import type { PodObject } from "./kube-api.ts";

const pod = (name: string, leaving = false): PodObject => ({
  metadata: {
    name,
    uid: `uid-of-${name}`,
    annotations: { status: '{"state":"running"}' },
    ...(leaving ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
  },
  status: { conditions: [{ type: "Ready", status: "True" }] },
});
const self = { name: "a", uid: "uid-of-a" };

test("a primary whose pod is deleted hands over to an instance that stays", () => {
  assert.equal(howToEnd([pod("a", true), pod("b")], self, "a"), "hand over");
});

test("who does not lead, is not deleted, or leaves with all the others ends in order", () => {
  assert.equal(howToEnd([pod("a", true), pod("b")], self, "b"), "in order");
  assert.equal(howToEnd([pod("a"), pod("b")], self, "a"), "in order");
  assert.equal(howToEnd([pod("a", true), pod("b", true)], self, "a"), "in order");
  assert.equal(howToEnd([pod("a", true)], self, "a"), "in order");
});

test("a pod that the API no longer knows ends at once, also when another has its name", () => {
  assert.equal(howToEnd([pod("b")], self, "a"), "at once");
  assert.equal(howToEnd([pod("a"), pod("b")], { name: "a", uid: "earlier" }, "a"), "at once");
});

/** Hands over while Patroni gives these answers, one to each request, in simulated time; says what came of it, how often it asked, and how long it took. */
async function handingOver(
  statuses: readonly number[],
  limitMs = 15_000,
): Promise<[over: boolean, asked: number, ms: number]> {
  let asked = 0;
  let now = 0;
  const over = await handOver({
    limitMs,
    ask: async () => ({ status: statuses[Math.min(asked++, statuses.length - 1)] ?? 0, body: "" }),
    isOver: async () => statuses[Math.min(asked, statuses.length) - 1] === 200,
    wait: async (ms) => {
      now += ms;
    },
  });
  return [over, asked, now];
}

test("a switchover that is refused because no replica is synchronous yet is asked for again every two seconds", async () => {
  assert.deepEqual(await handingOver([200]), [true, 1, 200]);
  assert.deepEqual(await handingOver([412, 503, 200]), [true, 3, 4_200]);
});

test("handing over ends when Patroni refuses for good, and when the time is up", async () => {
  assert.deepEqual(await handingOver([400]), [false, 1, 200]);
  assert.deepEqual(await handingOver([412], 5_000), [false, 3, 5_000]);
});

test("half of the pod's grace is for the stop; without time for a switchover none is begun", () => {
  assert.deepEqual([60, 5, 3, 0, undefined].map(handOverMs), [15_000, 2_500, 0, 0, 15_000]);
});
