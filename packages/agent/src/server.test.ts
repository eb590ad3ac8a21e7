import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serverOf } from "./server.ts";

test("a server is known by its file and by a process of its own that works in the data folder", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "server-"));
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
