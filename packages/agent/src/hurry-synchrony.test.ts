import assert from "node:assert/strict";
import { test } from "node:test";
import { asynchronousReplicas } from "./hurry-synchrony.ts";

const member = (application_name: string, state: string, sync_state: string) => ({
  application_name,
  state,
  sync_state,
});

test("a primary's streaming replicas that no commit waits for", () => {
  const replication = [
    member("b", "streaming", "async"),
    member("a", "streaming", "async"),
    member("c", "streaming", "quorum"),
  ];
  assert.deepEqual(asynchronousReplicas(JSON.stringify({ role: "primary", replication })), ["a", "b"]);
});

test("a base backup and a replica that catches up are not waited for, and a replica has no replicas to hurry", () => {
  const replication = [member("copy", "backup", "async"), member("late", "catchup", "async")];
  assert.deepEqual(asynchronousReplicas(JSON.stringify({ role: "primary", replication })), []);
  assert.deepEqual(
    asynchronousReplicas(JSON.stringify({ role: "replica", replication: [member("x", "streaming", "async")] })),
    [],
  );
  assert.deepEqual(asynchronousReplicas(JSON.stringify({ role: "primary" })), []);
});
