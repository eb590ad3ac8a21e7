import assert from "node:assert/strict";
import { test } from "node:test";
import { requestOf } from "./database-create.ts";

const untouched = { namespace: "default", backups: true };

test("what was not given is left to the server", () => {
  assert.deepEqual(requestOf("orders", untouched), { name: "orders", namespace: "default" });
});

test("what was given is sent", () => {
  const options = { ...untouched, postgresVersion: "18", instances: 1, poolers: 0, storage: "2Gi", expose: true };
  assert.deepEqual(requestOf("orders", { ...options, schedule: "@daily" }), {
    name: "orders",
    namespace: "default",
    version: "18",
    instances: 1,
    poolers: 0,
    storage: "2Gi",
    expose: "loadBalancer",
    backups: { enabled: true, schedule: "@daily" },
  });
  assert.deepEqual(requestOf("orders", { ...untouched, backups: false }).backups, { enabled: false });
});

test("a schedule of backups that are not wanted is refused", () => {
  assert.throws(
    () => requestOf("orders", { ...untouched, backups: false, schedule: "@daily" }),
    /--schedule @daily and --no-backups contradict/,
  );
});
