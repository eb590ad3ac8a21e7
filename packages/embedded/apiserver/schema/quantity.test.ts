import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalQuantity, compareQuantities, formatQuantity, parseQuantity } from "./quantity.ts";

const canonical: readonly [text: string | number, wanted: string | undefined][] = [
  ["1000m", "1"],
  ["1.5", "1500m"],
  ["1.5Gi", "1536Mi"],
  ["1024", "1024"],
  ["1024Ki", "1Mi"],
  ["1000k", "1M"],
  ["2e3", "2e3"],
  ["1E", "1E"],
  ["0.1m", "100u"],
  ["0.0000000001", "1n"],
  ["-0.5Mi", "-512Ki"],
  ["0Gi", "0"],
  ["0.5", "500m"],
  [3, "3"],
  [0.25, "250m"],
  [".5", "500m"],
  ["+5", "5"],
  ["512", "512"],
  ["", undefined],
  ["1GB", undefined],
  ["Gi", undefined],
  ["1 Gi", undefined],
];

for (const [text, wanted] of canonical) {
  test(`${JSON.stringify(text)} is ${wanted ?? "no quantity"}`, () => assert.equal(canonicalQuantity(text), wanted));
}

test("the canonical text is worth the same, and is its own canonical text", () => {
  const suffix = fc.constantFrom("", "n", "u", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "e3", "e-2");
  const text = fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: 0, max: 999 }), suffix);
  fc.assert(
    fc.property(text, ([whole, fraction, unit]) => {
      const quantity = parseQuantity(`${whole}.${fraction}${unit}`);
      assert.ok(quantity);
      const again = parseQuantity(formatQuantity(quantity));
      assert.ok(again);
      assert.equal(compareQuantities(quantity, again), 0);
      assert.equal(formatQuantity(again), formatQuantity(quantity));
    }),
  );
});

test("a number of too many digits is no quantity", () => {
  assert.equal(parseQuantity("9".repeat(2_000_000)), undefined);
  assert.equal(parseQuantity(`0.${"9".repeat(2_000)}`), undefined);
});
