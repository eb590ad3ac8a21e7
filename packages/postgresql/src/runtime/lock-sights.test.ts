import assert from "node:assert/strict";
import { test } from "node:test";
import { LockSights } from "./lock-sights.ts";

/** A pod's clock; the operator's is far from it. */
const [ONE, TWO] = ["2026-11-21T11:00:00.000000+00:00", "2026-11-21T11:00:10.000000+00:00"];

test("a lock counts from when its renewal was first seen, whatever time is written in it", () => {
  const sights = new LockSights();
  assert.equal(sights.since("shop/orders", ONE, 5_000), 5_000);
  assert.equal(sights.since("shop/orders", ONE, 14_000), 5_000);
  assert.equal(sights.since("shop/others", ONE, 14_500), 14_500, "each cluster for itself");
  assert.equal(sights.since("shop/orders", TWO, 15_000), 15_000);
  assert.equal(sights.since("shop/orders", undefined, 16_000), undefined);
});

test("nothing of a cluster that is gone is remembered", () => {
  const sights = new LockSights();
  sights.since("shop/orders", ONE, 5_000);
  sights.forget("shop/orders");
  assert.equal(sights.since("shop/orders", ONE, 9_000), 9_000);
});
