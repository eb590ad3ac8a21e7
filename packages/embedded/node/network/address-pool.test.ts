import assert from "node:assert/strict";
import { test } from "node:test";
import { AddressPool } from "./address-pool.ts";

test("every address once, a freed one only after all others", () => {
  const pool = new AddressPool(2);
  pool.reserve("10.244.2.3");
  const first = pool.take();
  assert.equal(first, "10.244.2.2");
  assert.equal(pool.take(), "10.244.2.4");
  pool.give(first);
  assert.equal(pool.take(), "10.244.2.5");
  const taken = new Set<string>();
  assert.throws(() => {
    for (;;) taken.add(pool.take());
  }, /in use/);
  assert.ok(taken.has(first));
  assert.ok(!taken.has("10.244.2.3"));
});
