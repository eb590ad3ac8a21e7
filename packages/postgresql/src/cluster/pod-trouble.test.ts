import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "@keelson/kube";
import { NOW, pgCluster, viewOf } from "../testing/fixtures.ts";
import { podTroubles } from "./pod-trouble.ts";

/** What is said of an instance that has been on its node for so long without its volumes. */
function troubles(waitedMs: number, prepared: "True" | "False" = "False"): string[] {
  const lastTransitionTime = new Date(NOW - waitedMs).toISOString();
  const status = {
    phase: "Pending",
    conditions: [
      { type: "PodScheduled", status: "True", lastTransitionTime },
      { type: "PodReadyToStartContainers", status: prepared, lastTransitionTime },
    ],
  } as Pod["status"];
  return podTroubles(pgCluster(), viewOf({ members: [{ name: "orders-i-aaaa", status }] }));
}

test("a pod that waits for a volume longer than usual is told, with where to look", () => {
  assert.deepEqual(troubles(30_000), []);
  assert.deepEqual(troubles(600_000, "True"), []);
  const [said = ""] = troubles(600_000);
  assert.match(said, /^instance orders-i-aaaa waits on its node .* since 2026-11-21T11:50:00\.000Z/);
  assert.match(said, /Secret or ConfigMap .* "kubectl describe pod orders-i-aaaa-0"/);
});
