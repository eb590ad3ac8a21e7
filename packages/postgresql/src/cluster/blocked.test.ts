import assert from "node:assert/strict";
import { test } from "node:test";
import { live, viewOf } from "../testing/fixtures.ts";
import { isThere } from "./controller.ts";

test("while new instances are blocked, what exists is kept up: instances and the pooler", () => {
  const deployment = live({ kind: "Deployment", metadata: { name: "orders-pgbouncer" } });
  const view = { ...viewOf(), deployments: new Map([["orders-pgbouncer", deployment as never]]) };
  assert.ok(isThere(view, deployment));
  assert.ok(isThere(view, { kind: "StatefulSet", metadata: { name: "orders-i-aaaa" } }));
  assert.ok(!isThere(view, { kind: "StatefulSet", metadata: { name: "orders-i-zzzz" } }));
});
