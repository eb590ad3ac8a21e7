import assert from "node:assert/strict";
import { test } from "node:test";
import { isPaused, isToEnd, type Snapshot, secondPrimary } from "./fence.ts";
import type { Server } from "./server.ts";

const server: Server = { pid: 70, runs: true, status: "ready", recovers: false };
/** A primary in pod `a`, while `b` leads. */
const seen: Snapshot = { atMs: 1_000, self: "a", watched: "b", holder: "b", paused: false, server };

test("a primary beside another's lock is ended after three seconds in which every look has shown it", () => {
  const first = secondPrimary(seen, undefined);
  assert.deepEqual(first, { pid: 70, holder: "b", sinceMs: 1_000 });
  const later = secondPrimary({ ...seen, atMs: 4_000 }, first);
  assert.ok(later !== undefined);
  assert.deepEqual(later, first);
  assert.equal(isToEnd(later, 3_999), false);
  assert.equal(isToEnd(later, 4_000), true);
});

test("the time begins anew with another holder and with another server", () => {
  const before = { pid: 70, holder: "b", sinceMs: 0 };
  assert.equal(secondPrimary({ ...seen, watched: "c", holder: "c" }, before)?.sinceMs, 1_000);
  assert.equal(secondPrimary({ ...seen, server: { ...server, pid: 71 } }, before)?.sinceMs, 1_000);
});

const reasons: Record<string, Partial<Snapshot>> = {
  "the lock is its own": { watched: "a", holder: "a" },
  "the lock names nobody": { watched: undefined, holder: undefined },
  "the lock names nobody in particular": { watched: "", holder: "" },
  "the watch has told nothing": { watched: undefined },
  "the watch is late: it is the leader meanwhile": { holder: "a" },
  "the watch is late: nobody leads meanwhile": { holder: undefined },
  "the watch and the API do not agree": { watched: "c" },
  "Patroni is paused": { paused: true },
  "nobody knows whether Patroni is paused": { paused: undefined },
  "there is no server": { server: undefined },
  "the server has ended": { server: { ...server, runs: false } },
  "the server is stopping: the lock was handed over": { server: { ...server, status: "stopping" } },
  "the server is starting": { server: { ...server, status: "starting" } },
  "the server is a standby": { server: { ...server, status: "standby" } },
  "the server tells no status": { server: { ...server, status: "" } },
  "the server follows another or recovers": { server: { ...server, recovers: true } },
};
for (const [reason, change] of Object.entries(reasons)) {
  test(`a server is left alone, and what was seen before is forgotten, when ${reason}`, () => {
    assert.equal(secondPrimary({ ...seen, ...change }, { pid: 70, holder: "b", sinceMs: 0 }), undefined);
  });
}

test("a pause is what Patroni's configuration says", () => {
  const config = (text?: string) => ({ metadata: { annotations: text === undefined ? {} : { config: text } } });
  assert.equal(isPaused(config('{"pause":true,"ttl":30}')), true);
  assert.equal(isPaused(config('{"pause":"on"}')), true);
  assert.equal(isPaused(config('{"pause":false}')), false);
  assert.equal(isPaused(config('{"pause":null}')), false);
  assert.equal(isPaused(config('{"ttl":30}')), false);
  assert.equal(isPaused(config()), undefined);
  assert.throws(() => isPaused(config("{")));
});
