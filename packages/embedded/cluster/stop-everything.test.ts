import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
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

/**
 * A process that has the lock, as a supervisor has it before its control socket is there. Resolves when it has it.
 *
 * @param more what else it does then
 */
async function holdElsewhere(t: TestContext, layout: Layout, purpose: Purpose, more = "") {
  const source = `import { ClusterLock } from ${JSON.stringify(join(import.meta.dirname, "cluster-lock.ts"))};
    import { serveControl } from ${JSON.stringify(join(import.meta.dirname, "control.ts"))};
    ClusterLock.take(${JSON.stringify(layout)}, "${purpose}");
    ${more}
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

test("what a supervisor could not end is ended without it", async (t) => {
  const layout = scratchLayout(t);
  mkdirSync(layout.run);
  const holder = await holdElsewhere(
    t,
    layout,
    "run",
    `await serveControl(${JSON.stringify(layout.controlSocket)}, {
      stop: () => Promise.reject(new Error("a pod does not end")),
      stopped: (failed) => process.exit(failed ? 1 : 0),
    });`,
  );
  assert.equal(await stopEverything(layout), true);
  // It may have been asked again on its way out, and then it ended by that signal.
  if (holder.exitCode === null && holder.signalCode === null) await once(holder, "exit");
  assert.equal(existsSync(layout.run), false);
});
