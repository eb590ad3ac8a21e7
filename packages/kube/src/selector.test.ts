import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldMatcher, matchesLabels, selectorText } from "./selector.ts";

test("label selectors, evaluated as the API server does", () => {
  const labels = { app: "db", tier: "back" };
  const cases: [string, boolean][] = [
    ["", true],
    ["app=db", true],
    ["app==db,tier=back", true],
    ["app!=db", false],
    ["missing!=x", true],
    ["app in (web, db)", true],
    ["app notin (web,db)", false],
    ["missing notin (a)", true],
    ["app", true],
    ["!app", false],
    ["!missing,app in (db),tier!=front", true],
  ];
  for (const [selector, expected] of cases) assert.equal(matchesLabels(selector, labels), expected, selector);
  assert.ok(matchesLabels({ app: "db" }, labels));
  assert.ok(!matchesLabels({ app: "web" }, undefined));
});

test("labels become text", () => {
  assert.equal(selectorText({ a: "1", b: "2" }), "a=1,b=2");
});

test("field selectors", () => {
  const pod = { metadata: { name: "a" }, status: { phase: "Running" } };
  assert.ok(fieldMatcher("metadata.name=a,status.phase!=Failed")(pod));
  assert.ok(!fieldMatcher("status.phase=Failed")(pod));
  assert.ok(fieldMatcher("spec.nodeName=")(pod));
});
