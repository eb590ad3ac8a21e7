import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findDuplicateFields } from "./duplicate-fields.ts";

const cases: readonly [json: string, wanted: readonly string[]][] = [
  ['{"a":1,"b":2}', []],
  ['{"a":1,"a":2}', ['duplicate field "a"']],
  ['{"spec":{"x":1,"x":2,"x":3}}', ['duplicate field "spec.x"']],
  ['{"l":[{"a":1},{"a":1,"a":2}]}', ['duplicate field "l[1].a"']],
  ['{ "a" : { } , "b" : [ ] , "a" : null }', ['duplicate field "a"']],
  ['{"a\\"b":1,"a\\"b":2,"\\u0061":3,"a":4}', ['duplicate field "a"b"', 'duplicate field "a"']],
  ['{"a":"}{\\\\","b":"\\"a\\":1","a":true}', ['duplicate field "a"']],
  ["[]", []],
];

for (const [json, wanted] of cases) {
  test(json, () => assert.deepEqual(findDuplicateFields(json), wanted));
}

test("what JSON.stringify writes has none, however it is spaced", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 4), (value, indent) => {
      assert.deepEqual(findDuplicateFields(Buffer.from(JSON.stringify(value, undefined, indent))), []);
    }),
  );
});
