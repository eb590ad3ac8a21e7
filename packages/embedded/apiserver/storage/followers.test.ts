/** A follower of changes that fails harms neither the write that it was told of nor the other followers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Backlog } from "./backlog.ts";
import type { Change } from "./collection.ts";
import { Store } from "./store.ts";
import { Stored } from "./stored.ts";

test("a write is answered and everybody else is told, whoever throws", async () => {
  const failures: string[] = [];
  const store = new Store(undefined, (error, what) => failures.push(`${what}: ${(error as Error).message}`));
  const seen: string[] = [];
  const collection = store.collection("things");
  collection.subscribe(({ stored }) => {
    throw new Error(`cannot follow ${stored.key}`);
  });
  collection.subscribe(({ stored }) => seen.push(stored.key));
  store.onCommit(() => {
    throw new Error("cannot count");
  });
  store.onCommit(() => seen.push("commit"));
  const written = await Promise.all(["a", "b"].map((name) => store.put("things", name, { metadata: { name } })));
  assert.deepEqual(
    written.map(({ key }) => key),
    ["a", "b"],
  );
  assert.deepEqual(seen, ["a", "b", "commit"]);
  assert.deepEqual(failures, ["things a: cannot follow a", "things b: cannot follow b", "commit: cannot count"]);
  store.close();
});

test("a backlog knows what its waiting changes weigh", () => {
  const change = (name: string, bytes: number): Change => {
    const stored = Stored.of(name, 1, { metadata: { name }, data: "x".repeat(bytes) });
    return { type: "ADDED", resourceVersion: 1, stored, previous: undefined };
  };
  const backlog = new Backlog([change("a", 1_000)]);
  backlog.add(change("b", 2_000));
  assert.ok(backlog.bytes > 3_000 && backlog.bytes < 4_000, String(backlog.bytes));
  assert.deepEqual([backlog.take()?.stored.key, backlog.take()?.stored.key, backlog.take()], ["a", "b", undefined]);
  assert.equal(backlog.bytes, 0);
  backlog.add(change("c", 1));
  assert.equal(backlog.take()?.stored.key, "c");
});
