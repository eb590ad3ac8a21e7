import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFieldSelector } from "./fields.ts";
import { formatLabelSelector, labelSelectorOf, parseLabelSelector } from "./labels.ts";

const cases: readonly (readonly [selector: string, labels: Record<string, string>, matches: boolean])[] = [
  ["", {}, true],
  ["a=b", { a: "b" }, true],
  ["a==b", { a: "c" }, false],
  ["a!=b", {}, true],
  ["a!=b", { a: "b" }, false],
  ["a", { a: "" }, true],
  ["!a", { a: "" }, false],
  ["!a", {}, true],
  ["a in (b,c)", { a: "c" }, true],
  ["a in (b, c)", {}, false],
  ["a notin (b,c)", {}, true],
  ["a notin (b,c)", { a: "b" }, false],
  ["a=", { a: "" }, true],
  ["a>3", { a: "4" }, true],
  ["a<3", { a: "4" }, false],
  ["a=b,c!=d,!e", { a: "b", c: "x" }, true],
  ["example.com/a=b.c_d-e", { "example.com/a": "b.c_d-e" }, true],
  [" a = b , c ", { a: "b", c: "" }, true],
  ["constructor=x", {}, false],
];

for (const [selector, labels, matches] of cases) {
  test(`label selector "${selector}" ${matches ? "selects" : "refuses"} ${JSON.stringify(labels)}`, () => {
    assert.equal(parseLabelSelector(selector).matches(labels), matches);
  });
}

for (const bad of ["=b", "a in b", "a=b,,c", "a in (b", "a b", "a>x", "a=b,", "-a=b", "a=b!"]) {
  test(`label selector "${bad}" is a 400`, () => {
    assert.throws(() => parseLabelSelector(bad), { code: 400, reason: "BadRequest" });
  });
}

test("the object form and its text select the same", () => {
  const key = fc.constantFrom("a", "b", "c");
  const value = fc.constantFrom("x", "y", "z");
  const expression = fc.oneof(
    fc.record({ key, operator: fc.constantFrom("In", "NotIn"), values: fc.array(value, { minLength: 1 }) }),
    fc.record({ key, operator: fc.constantFrom("Exists", "DoesNotExist") }),
  );
  const selector = fc.record({ matchLabels: fc.dictionary(key, value), matchExpressions: fc.array(expression) });
  fc.assert(
    fc.property(selector, fc.dictionary(key, value), (object, labels) => {
      const parsed = parseLabelSelector(formatLabelSelector(object));
      assert.equal(parsed.matches(labels), labelSelectorOf(object).matches(labels));
    }),
  );
});

test("an absent object selector selects nothing, an empty one everything", () => {
  assert.equal(labelSelectorOf(undefined).matches({ a: "b" }), false);
  assert.equal(labelSelectorOf({}).matches({ a: "b" }), true);
});

const known = (field: string) =>
  field.startsWith("metadata.") || field === "status.phase" ? undefined : `no ${field}`;

test("field selectors: equality, inequality, escapes", () => {
  const selector = parseFieldSelector("metadata.name=a\\,b,status.phase!=Running", known);
  assert.equal(selector.matches({ "metadata.name": "a,b", "status.phase": "Pending" }), true);
  assert.equal(selector.matches({ "metadata.name": "a,b", "status.phase": "Running" }), false);
  assert.equal(selector.exactName, "a,b");
});

test("a field that a resource does not have is a 400", () => {
  assert.throws(() => parseFieldSelector("spec.x=1", known), { code: 400, message: "no spec.x" });
  assert.throws(() => parseFieldSelector("nonsense", known), { code: 400 });
});
