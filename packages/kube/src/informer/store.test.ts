import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Live } from "../kind.ts";
import { Store } from "./store.ts";

const object = (name: string, labels: Record<string, string>): Live => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, uid: name, resourceVersion: "1", creationTimestamp: "", labels },
});

test("property: an index answers what a search would", () => {
  const operation = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    color: fc.constantFrom("red", "blue", undefined),
    remove: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const store = new Store();
      const colorOf = ({ metadata }: Live) =>
        metadata.labels?.["color"] === undefined ? [] : [metadata.labels["color"]];
      store.addIndex("color", colorOf);
      for (const { name, color, remove } of operations) {
        if (remove) store.delete(name);
        else store.set(name, object(name, color === undefined ? {} : { color }));
      }
      for (const color of ["red", "blue"]) {
        const searched = [...store.values()].filter((each) => colorOf(each).includes(color));
        assert.deepEqual(new Set(store.byIndex("color", color)), new Set(searched));
      }
      const late = new Store();
      for (const each of store.values()) late.set(each.metadata.name, each);
      late.addIndex("color", colorOf);
      assert.deepEqual(late.byIndex("color", "red").length, store.byIndex("color", "red").length);
    }),
  );
});
