import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { appliedHash } from "./applied-hash.ts";

test("property: the order of fields does not count, any value does", () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 2 });
  fc.assert(
    fc.property(object, (data) => {
      const turned = Object.fromEntries(Object.entries(data).reverse());
      assert.equal(appliedHash({ metadata: {}, ...data }), appliedHash({ ...turned, metadata: {} }));
      assert.notEqual(appliedHash(data), appliedHash({ ...data, somethingElse: 1 } as object));
    }),
  );
});

test("undefined fields are absent fields", () => {
  assert.equal(
    appliedHash({ metadata: { name: "a" } }),
    appliedHash({ metadata: { name: "a", labels: undefined } } as object),
  );
});
