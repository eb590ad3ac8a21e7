import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { contentHash, sameMeaning } from "./canonical.ts";
import { resolveIntOrPercent } from "./int-or-percent.ts";
import { formatBytes, formatMilli, milli, parseQuantity } from "./quantity.ts";
import { matchesNodeTerm, matchesSelector } from "./selector.ts";
import { tolerates } from "./tolerations.ts";

describe("quantities", () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ["1", 1],
    ["500m", 0.5],
    ["2Gi", 2 ** 31],
    ["1e3", 1000],
    ["1.5k", 1500],
    [".5", 0.5],
    ["12E", 12e18],
    ["", undefined],
    ["1 Gi", undefined],
    ["x", undefined],
  ];
  for (const [text, value] of cases) test(JSON.stringify(text), () => assert.equal(parseQuantity(text), value));

  test("thousandths are exact and rounded up", () => {
    assert.deepEqual(["0.0010000001", "1.1", "100m", "1u", "x"].map(milli), [2, 1100, 100, 1, 0]);
  });

  test("property: bytes and thousandths survive being written and read", () => {
    fc.assert(fc.property(fc.nat(2 ** 31 - 1), (bytes) => assert.equal(parseQuantity(formatBytes(bytes)), bytes)));
    fc.assert(fc.property(fc.nat(10 ** 7), (amount) => assert.equal(milli(formatMilli(amount)), amount)));
  });
});

test("numbers and shares", () => {
  assert.equal(resolveIntOrPercent("25%", 3, "up"), 1);
  assert.equal(resolveIntOrPercent("25%", 3, "down"), 0);
  assert.equal(resolveIntOrPercent(2, 100, "up"), 2);
  assert.equal(resolveIntOrPercent("x", 1, "up"), undefined);
});

test("selectors: absent selects nothing, empty everything", () => {
  assert.equal(matchesSelector(undefined, { a: "1" }), false);
  assert.equal(matchesSelector({}, undefined), true);
  const expressions = (key: string, operator: string, values?: string[]) => ({
    matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
  });
  assert.equal(matchesSelector(expressions("a", "In", ["1", "2"]), { a: "2" }), true);
  assert.equal(matchesSelector(expressions("a", "NotIn", ["1"]), {}), true);
  assert.equal(matchesSelector(expressions("a", "Exists"), {}), false);
  assert.equal(matchesSelector(expressions("a", "DoesNotExist"), {}), true);
  assert.equal(matchesSelector({ matchLabels: { toString: "x" } }, {}), false, "names of the language are no labels");
});

test("node terms: Gt and Lt compare numbers, an empty term matches nothing", () => {
  const node = { metadata: { name: "n1", labels: { cores: "10" } } };
  const term = (operator: string, value: string) => ({
    matchExpressions: [{ key: "cores", operator, values: [value] }],
  });
  assert.equal(matchesNodeTerm(term("Gt", "9"), node), true);
  assert.equal(matchesNodeTerm(term("Lt", "9"), node), false);
  assert.equal(matchesNodeTerm({}, node), false);
  assert.equal(
    matchesNodeTerm({ matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] }, node),
    true,
  );
});

test("tolerations", () => {
  const taint = { key: "k", value: "v", effect: "NoExecute" };
  assert.equal(tolerates({ operator: "Exists" }, taint), true);
  assert.equal(tolerates({ key: "k", value: "v" }, taint), true);
  assert.equal(tolerates({ key: "k", value: "x" }, taint), false);
  assert.equal(tolerates({ key: "k", operator: "Exists", effect: "NoSchedule" }, taint), false);
});

test("content: order does not matter, absent and empty mean the same", () => {
  assert.equal(sameMeaning({ a: {}, b: [], c: null }, {}), true);
  assert.equal(sameMeaning({ a: 0 }, {}), false);
  assert.equal(contentHash({ a: 1, b: 2 }), contentHash({ b: 2, a: 1 }));
  assert.notEqual(contentHash({ a: 1 }), contentHash({ a: 1 }, 1));
  assert.match(contentHash("x"), /^[bcdfghjklmnpqrstvwxz2456789]+$/);
});
