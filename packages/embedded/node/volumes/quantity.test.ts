import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseQuantity, quantityMilli, quantityUnits } from "./quantity.ts";

test("quantities as Kubernetes writes them", () => {
  const cases: Record<string, number> = {
    "1": 1,
    "0.5": 1,
    "64Mi": 64 * 2 ** 20,
    "1.5Gi": 1.5 * 2 ** 30,
    "2k": 2000,
    "1e3": 1000,
    "1E": 1e18,
    "128M": 128e6,
    ".5k": 500,
  };
  for (const [text, units] of Object.entries(cases)) assert.equal(quantityUnits(text), units, text);
  assert.equal(quantityMilli("250m"), 250);
  assert.equal(quantityMilli("1.5"), 1500);
  assert.equal(quantityMilli(2), 2000);
  assert.equal(quantityUnits(undefined), undefined);
});

test("what is none is refused", () => {
  for (const text of ["", "x", "1 Gi", "Gi", "1.2.3", "--1"]) assert.throws(() => parseQuantity(text), text);
});

test("a whole number of units comes back", () => {
  fc.assert(
    fc.property(fc.nat(), fc.constantFrom("", "Ki", "Mi"), (value, suffix) => {
      const factor = { "": 1, Ki: 2 ** 10, Mi: 2 ** 20 }[suffix] ?? 1;
      return quantityUnits(`${value}${suffix}`) === value * factor;
    }),
  );
});
