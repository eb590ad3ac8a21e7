import assert from "node:assert/strict";
import { test } from "node:test";
import { quantityNanos, sameQuantity } from "./quantity.ts";

test("quantities with the same value are the same", () => {
  const same = [
    ["1", "1000m"],
    ["1Gi", "1024Mi"],
    ["0.5", "500m"],
    [1, "1"],
    ["1e3", "1k"],
    ["1.5Gi", "1536Mi"],
    ["100M", "0.1G"],
    ["-1", "-1000m"],
  ] as const;
  for (const [a, b] of same) assert.ok(sameQuantity(a, b), `${a} = ${b}`);
  for (const [a, b] of [
    ["1", "2"],
    ["1G", "1Gi"],
    ["x", "x"],
    ["", ""],
  ] as const)
    assert.ok(!sameQuantity(a, b), `${a} != ${b}`);
});

test("what is no quantity has no value", () => {
  for (const text of ["", "Gi", "1gi", "abc", "1.2.3", "--1"]) assert.equal(quantityNanos(text), undefined, text);
});
