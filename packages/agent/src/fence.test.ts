import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isPaused, isToEnd, type Server, type Snapshot, secondPrimary, serverOf } from "./fence.ts";

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

test("a server is known by its file and by a process of its own that works in the data folder", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "fence-"));
  t.after(() => rmSync(data, { recursive: true }));
  const processIn = async (cwd: string, argv0: string): Promise<number> => {
    const child = spawn("sleep", ["60"], { cwd, argv0 });
    t.after(() => child.kill("SIGKILL"));
    await once(child, "spawn");
    return child.pid ?? 0;
  };
  const told = (pid: number, status: string): void =>
    writeFileSync(join(data, "postmaster.pid"), `${pid}\n${data}\n1767225600\n5432\n/tmp\n*\n 1 2\n${status}\n`);

  assert.equal(serverOf(data), undefined);
  const pid = await processIn(data, "postgres");
  told(pid, "ready   ");
  assert.deepEqual(serverOf(data), { pid, runs: true, status: "ready", recovers: false });
  for (const signal of ["standby.signal", "recovery.signal"]) {
    writeFileSync(join(data, signal), "");
    assert.equal(serverOf(data)?.recovers, true);
    rmSync(join(data, signal));
  }
  told(pid, "stopping");
  assert.equal(serverOf(data)?.status, "stopping");
  told(-pid, "ready   ");
  assert.equal(serverOf(data), undefined);
  told(await processIn(tmpdir(), "postgres"), "ready   ");
  assert.equal(serverOf(data)?.runs, false);
  told(await processIn(data, "other"), "ready   ");
  assert.equal(serverOf(data)?.runs, false);
});
