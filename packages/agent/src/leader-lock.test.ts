import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isSynchronous } from "./leader-lock.ts";
import { earlierLifeIsOver } from "./patroni-process.ts";

test("the lock of an earlier life is kept while its postmaster lives, though Patroni and agent are gone", async () => {
  const data = mkdtempSync(join(tmpdir(), "lock-"));
  const postmaster = spawn("sleep", ["60"], { argv0: "postgres" });
  try {
    assert.equal(earlierLifeIsOver(data), true);
    await once(postmaster, "spawn");
    writeFileSync(join(data, "postmaster.pid"), `${postmaster.pid}\n/pgdata/pg17\n`);
    assert.equal(earlierLifeIsOver(data), false);
    postmaster.kill("SIGKILL");
    await once(postmaster, "exit");
    assert.equal(earlierLifeIsOver(data), true);
  } finally {
    postmaster.kill("SIGKILL");
    rmSync(data, { recursive: true });
  }
});

test("a lock is given up early only by a leader whose commits waited for a replica", () => {
  const sync = (annotations: Record<string, string>) => ({ metadata: { annotations } });
  assert.equal(isSynchronous(sync({ leader: "a", sync_standby: "b,c" }), "a"), true);
  assert.equal(isSynchronous(sync({ leader: "a", sync_standby: "" }), "a"), false);
  assert.equal(isSynchronous(sync({ leader: "b", sync_standby: "a" }), "a"), false);
  assert.equal(isSynchronous(sync({}), "a"), false);
});
