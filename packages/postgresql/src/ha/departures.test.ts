import assert from "node:assert/strict";
import { test } from "node:test";
import { Departures, KUBELET_GRACE_MS } from "./departures.ts";

const gone = { holder: "orders-i-aaaa-0", ending: "PodGone" } as const;

test("a pod that is gone keeps its lock until its kubelet has ended its processes", () => {
  const departures = new Departures();
  assert.equal(departures.waitMs("shop/orders", gone, 10_000), KUBELET_GRACE_MS);
  assert.equal(departures.waitMs("shop/orders", { ...gone, ending: "PodReplaced" }, 10_500), KUBELET_GRACE_MS - 500);
  assert.equal(departures.waitMs("shop/others", gone, 11_000), KUBELET_GRACE_MS, "each cluster for itself");
  assert.equal(departures.waitMs("shop/orders", gone, 10_000 + KUBELET_GRACE_MS), 0);
  assert.equal(departures.waitMs("shop/orders", { ...gone, holder: "orders-i-bbbb-0" }, 13_000), KUBELET_GRACE_MS);
});

test("a container that has been seen to end is not waited for, and a leader that runs is forgotten", () => {
  const departures = new Departures();
  assert.equal(departures.waitMs("shop/orders", { ...gone, ending: "ContainerTerminated" }, 10_000), 0);
  departures.waitMs("shop/orders", gone, 10_000);
  assert.equal(departures.waitMs("shop/orders", {}, 11_000), 0);
  assert.equal(departures.waitMs("shop/orders", gone, 20_000), KUBELET_GRACE_MS);
});
