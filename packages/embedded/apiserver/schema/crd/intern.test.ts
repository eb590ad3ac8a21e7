import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { SchemaNode } from "../schema-node.ts";
import { intern } from "./intern.ts";

test("an equal schema is the one that is in use, however long that has been", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const made = (): SchemaNode =>
    intern("intern.test", (id) => {
      const node = {} as SchemaNode;
      return { id, node, typed: node };
    }).node;
  const used = made();
  // What a WeakRef was made for in this turn of the event loop is not collected in it.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  assert.equal(made(), used);
});
