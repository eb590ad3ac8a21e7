import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityNanos,
  sameQuantity,
  thousandths,
} from "./quantity.ts";

const quantity = fc
  .tuple(
    fc.constantFrom("", "-", "+"),
    fc.oneof(
      fc.nat(99_999).map(String),
      fc.tuple(fc.nat(9999), fc.nat(999)).map(([a, b]) => `${a}.${b}`),
    ),
    fc.constantFrom("", "Ki", "Mi", "Gi", "Ti", "m", "u", "k", "M", "G", "e3", "E-2"),
  )
  .map((parts) => parts.join(""));

test("quantities are written as Kubernetes writes them", () => {
  const cases: [string | number, string][] = [
    ["0.5", "500m"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    [2, "2"],
    [0.1, "100m"],
    ["1000", "1k"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["1000Ki", "1000Ki"],
    ["1e3", "1e3"],
    ["1E3", "1e3"],
    ["100e-3", "100e-3"],
    ["0", "0"],
    ["-1.5", "-1500m"],
    ["1Ei", "1Ei"],
    [".25", "250m"],
    ["0.1Ki", "102400m"],
    ["0.0000000001", "1n"],
    ["12345678901234567890", "12345678901234567890"],
  ];
  for (const [given, expected] of cases) assert.equal(canonicalQuantity(given), expected, String(given));
});

test("what is no quantity is left as it is", () => {
  for (const text of ["", "1 Gi", "Gi", "1gi", "1e", "0x1", "--1", "1.2.3"]) {
    assert.equal(parseQuantity(text), undefined);
    assert.equal(canonicalQuantity(text), text);
  }
  assert.throws(() => thousandths("1 Gi"), /1 Gi is not a quantity/);
});

test("writing an amount again changes neither it nor its text", () => {
  fc.assert(
    fc.property(quantity, (text) => {
      const once = canonicalQuantity(text);
      assert.equal(canonicalQuantity(once), once);
      assert.equal(parseQuantity(once)?.nano, parseQuantity(text)?.nano);
    }),
  );
});

test("comparison is a total order that agrees with numbers", () => {
  fc.assert(
    fc.property(quantity, quantity, (a, b) => {
      assert.equal(compareQuantities(a, b), -compareQuantities(b, a) + 0);
      const [x, y] = [parseQuantity(a), parseQuantity(b)];
      assert.ok(x && y);
      if (formatQuantity(x) === formatQuantity(y)) assert.equal(compareQuantities(a, b), 0);
    }),
  );
  assert.ok(compareQuantities("1Gi", "1G") > 0);
  assert.equal(compareQuantities("1Gi", 1024 ** 3), 0);
});

test("thousandths round up", () => {
  assert.equal(thousandths("0.25"), 250);
  assert.equal(thousandths("1u"), 1);
});

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
