import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodDisruptionBudget } from "../objects/types.ts";
import { NOW, ready } from "../testing/world.ts";
import { planDisruption } from "./plan.ts";

const pods = (healthy: number, sick = 0): Pod[] => [
  ...Array.from({ length: healthy }, (_, i) => ready({ metadata: { name: `h${i}`, uid: `h${i}` } })),
  ...Array.from({ length: sick }, (_, i) => ({
    metadata: { name: `s${i}`, uid: `s${i}` },
    status: { phase: "Running" },
  })),
];

function status(spec: object, list: readonly Pod[], more: { size?: number; before?: object } = {}) {
  const budget: PodDisruptionBudget = {
    metadata: { name: "b", generation: 2 },
    spec,
    status: { ...more.before } as PodDisruptionBudget["status"] & object,
  };
  const plan = planDisruption({ budget, pods: list, scales: new Map([["set", more.size ?? list.length]]), now: NOW });
  const [write] = plan.actions;
  return { status: write?.type === "status" ? (write.object as PodDisruptionBudget).status : undefined, plan, budget };
}

const figures = (each: ReturnType<typeof status>) => {
  const { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed } = each.status ?? {};
  return [expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed];
};

test("how many may go: by number, by share, by what may be missing", () => {
  assert.deepEqual(figures(status({ minAvailable: 2 }, pods(3))), [3, 2, 3, 1]);
  assert.deepEqual(figures(status({ minAvailable: "50%" }, pods(3))), [3, 2, 3, 1]);
  assert.deepEqual(figures(status({ maxUnavailable: 1 }, pods(2, 1))), [3, 2, 2, 0]);
  assert.deepEqual(figures(status({ maxUnavailable: "34%" }, pods(3))), [3, 1, 3, 2]);
  assert.deepEqual(
    figures(status({ maxUnavailable: 1 }, pods(2), { size: 5 })),
    [5, 4, 2, 0],
    "pods that are missing count as missing",
  );
  assert.deepEqual(figures(status({ minAvailable: 1 }, [])), [0, 1, 0, 0]);
});

test("an eviction under way counts until the pod is seen to go, or two minutes", () => {
  const before = { disruptedPods: { h0: "2026-01-01T11:59:00Z", h9: "2026-01-01T11:59:00Z" } };
  const each = status({ minAvailable: 1 }, pods(3), { before });
  assert.deepEqual(figures(each), [3, 1, 2, 1]);
  assert.deepEqual(each.status?.disruptedPods, { h0: "2026-01-01T11:59:00Z" });
  assert.equal(each.plan.requeueAfterMs, 60_000);
});

test("the same again costs nothing", () => {
  const { status: written, budget } = status({ minAvailable: 2 }, pods(3));
  assert.ok(written !== undefined);
  const again = planDisruption({
    budget: { ...budget, status: written },
    pods: pods(3),
    scales: new Map(),
    now: NOW + 5_000,
  });
  assert.deepEqual(again.actions, []);
});
