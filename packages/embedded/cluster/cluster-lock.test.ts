import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ClusterLock, lockHolder } from "./cluster-lock.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { isRunning, processIdentity } from "./process-identity.ts";

function layoutWithLock(t: TestContext): Layout {
  const folder = mkdtempSync(join(tmpdir(), "keelson-lock-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return { ...layoutOf(folder), lock: join(folder, "lock") };
}

test("one at a time has the lock, others learn who it is, and its end leaves nothing", (t) => {
  const layout = layoutWithLock(t);
  const lock = ClusterLock.take(layout, "start");
  assert.ok(lock !== undefined);
  assert.equal(ClusterLock.take(layout, "end"), undefined);
  assert.deepEqual(lockHolder(layout), { ...processIdentity(process.pid), purpose: "start" });
  lock.release();
  assert.ok(!existsSync(layout.lock));
  ClusterLock.take(layout, "end")?.release();
});

test("a lock that was handed over is the child's until it is killed, and its own children do not keep it", async (t) => {
  const layout = layoutWithLock(t);
  const lock = ClusterLock.take(layout, "start");
  assert.ok(lock !== undefined);
  const source = `const child = require("child_process").spawn("sleep", ["60"], { stdio: "ignore", detached: true });
    console.log(child.pid); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["-e", source], { stdio: ["ignore", "pipe", "inherit", lock.fd] });
  lock.handOver();
  assert.ok(holder.stdout !== null);
  const left = processIdentity(Number((await once(holder.stdout, "data"))[0]));
  assert.ok(left !== undefined);
  t.after(() => process.kill(left.pid, "SIGKILL"));
  assert.equal(ClusterLock.take(layout, "end"), undefined);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  assert.ok(isRunning(left));
  const next = ClusterLock.take(layout, "end");
  assert.ok(next !== undefined);
  next.release();
});
