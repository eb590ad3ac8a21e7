import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyJsonPatch } from "./json-patch.ts";
import { PatchError } from "./patch-error.ts";

const document = { metadata: { labels: { "a/b": "1" } }, list: ["x", "y"] };

test("each operation does what RFC 6902 says", () => {
  const patch = [
    { op: "test", path: "/metadata/labels/a~1b", value: "1" },
    { op: "add", path: "/list/1", value: "between" },
    { op: "add", path: "/list/-", value: "end" },
    { op: "remove", path: "/list/0" },
    { op: "replace", path: "/metadata/labels/a~1b", value: "2" },
    { op: "copy", from: "/list/0", path: "/first" },
    { op: "move", from: "/metadata/labels", path: "/labels" },
  ];
  assert.deepEqual(applyJsonPatch(document, patch), {
    metadata: {},
    labels: { "a/b": "2" },
    list: ["between", "y", "end"],
    first: "between",
  });
});

const failures: readonly [patch: unknown, status: number, message: RegExp][] = [
  [{}, 400, /list of operations/],
  [[{ op: "test", path: "/list/0", value: "z" }], 422, /^testing value \/list\/0 failed: test failed$/],
  [[{ op: "remove", path: "/none" }], 422, /Unable to remove nonexistent key: none: missing value$/],
  [[{ op: "add", path: "/none/x", value: 1 }], 422, /^add operation does not apply: doc is missing path: "\/none\/x"/],
  [[{ op: "add", path: "/list/9", value: 1 }], 422, /Unable to access invalid index: 9/],
  [[{ op: "grow", path: "/x" }], 422, /^Unexpected kind: grow$/],
  [[{ op: "add", value: 1 }], 422, /failed to decode path/],
];

for (const [patch, status, message] of failures) {
  test(`refuses ${JSON.stringify(patch)}`, () => {
    assert.throws(
      () => applyJsonPatch(document, patch),
      (error) => error instanceof PatchError && error.status === status && message.test(error.message),
    );
  });
}

test("a prototype cannot be reached", () => {
  applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
  assert.throws(
    () => applyJsonPatch({}, [{ op: "add", path: "/constructor/prototype/polluted", value: true }]),
    PatchError,
  );
  assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
});

test("adding and removing again changes nothing, and the given document never changes", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (object, value) => {
      const before = JSON.stringify(object);
      const patch = [
        { op: "add", path: "/fresh ", value },
        { op: "test", path: "/fresh ", value },
        { op: "remove", path: "/fresh " },
      ];
      const { "fresh ": _, ...wanted } = object;
      assert.equal(JSON.stringify(applyJsonPatch(object, patch)), JSON.stringify(wanted));
      assert.equal(JSON.stringify(object), before);
    }),
  );
});
