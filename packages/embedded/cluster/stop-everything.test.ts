import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ClusterLock, type Purpose } from "./cluster-lock.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { stopEverything } from "./stop-everything.ts";

function scratchLayout(t: TestContext): Layout {
  const folder = mkdtempSync(join(tmpdir(), "keelson-stop-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const run = join(folder, "run");
  return { ...layoutOf(folder), run, lock: join(folder, "lock"), controlSocket: join(run, "supervisor.sock") };
}

/** A process that has the lock, as a supervisor has it before its control socket is there. Resolves when it has it. */
async function holdElsewhere(t: TestContext, layout: Layout, purpose: Purpose) {
  const source = `import { ClusterLock } from ${JSON.stringify(join(import.meta.dirname, "cluster-lock.ts"))};
    ClusterLock.take(${JSON.stringify(layout)}, "${purpose}");
    console.log("held");
    setInterval(() => {}, 1000);`;
  const holder = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", source],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  return holder;
}

test("where nothing runs, nothing is found, and the lock is held while the rest is done", async (t) => {
  const layout = scratchLayout(t);
  let heldMeanwhile = false;
  const found = await stopEverything(layout, () => {
    heldMeanwhile = ClusterLock.take(layout, "start") === undefined;
  });
  assert.equal(found, false);
  assert.ok(heldMeanwhile);
  assert.ok(!existsSync(layout.lock));
});

for (const purpose of ["start", "run"] as const) {
  test(`a process that holds the lock to ${purpose} and cannot be asked yet is ended, and only then it is over`, async (t) => {
    const layout = scratchLayout(t);
    const holder = await holdElsewhere(t, layout, purpose);
    assert.equal(await stopEverything(layout), true);
    assert.equal(holder.signalCode ?? (await once(holder, "exit"))[1], "SIGTERM");
  });
}

test("one that ends the cluster already is waited for and not disturbed", async (t) => {
  const layout = scratchLayout(t);
  const holder = await holdElsewhere(t, layout, "end");
  let over = false;
  const stopped = stopEverything(layout).then(() => {
    over = true;
  });
  await delay(200);
  assert.equal(over, false);
  assert.equal(holder.signalCode, null);
  holder.kill("SIGKILL");
  await stopped;
});
