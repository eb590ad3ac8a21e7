import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson } from "./canonical-json.ts";

test("equal values give equal text", () => {
  assert.equal(canonicalJson({ b: 1, a: [{ d: 1, c: undefined }, null] }), '{"a":[{"d":1},null],"b":1}');
  assert.equal(canonicalJson([undefined, "x"]), '[null,"x"]');
  assert.equal(canonicalJson(undefined), "null");
});

test("a field of any name is part of the text", () => {
  assert.equal(canonicalJson(JSON.parse('{"b":1,"__proto__":{"d":1,"c":2}}')), '{"__proto__":{"c":2,"d":1},"b":1}');
  assert.equal(canonicalJson({ 10: "a", 9: "b" }), canonicalJson(JSON.parse('{"9":"b","10":"a"}')));
});
