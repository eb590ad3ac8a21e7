import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson } from "./canonical-json.ts";

test("equal values give equal text", () => {
  assert.equal(canonicalJson({ b: 1, a: [{ d: 1, c: undefined }, null] }), '{"a":[{"d":1},null],"b":1}');
  assert.equal(canonicalJson([undefined, "x"]), '[null,"x"]');
});
