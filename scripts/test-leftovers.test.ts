import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Layout, layoutOf } from "@keelson/embedded/cluster";
import { mountPoints } from "@keelson/embedded/node";
import { endCluster, endLeftClusters } from "./test-leftovers.ts";

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "keelson-left-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("the clusters of tests are ended, and nothing else", async (t) => {
  const folder = scratch(t);
  for (const name of ["keelson-e2e-1", "keelson-node-test-2", "keelson-other-3"]) mkdirSync(join(folder, name));
  const ended: string[] = [];
  await endLeftClusters(folder, async ({ data }) => void ended.push(data));
  assert.deepEqual(ended.sort(), [join(folder, "keelson-e2e-1"), join(folder, "keelson-node-test-2")]);
});

test("a supervisor that does not hear is killed, and what it kept is taken away", async (t) => {
  const folder = scratch(t);
  const run = join(folder, "run");
  const layout: Layout = { ...layoutOf(folder), run, lock: join(folder, "lock"), processRecord: join(run, "none") };
  mkdirSync(run);
  const source = `import { ClusterLock } from "@keelson/embedded/cluster";
    process.on("SIGTERM", () => {});
    ClusterLock.take(${JSON.stringify(layout)}, "run");
    console.log("held");
    setInterval(() => {}, 1000);`;
  const holder = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", source],
    { cwd: import.meta.dirname, stdio: ["ignore", "pipe", "inherit"] },
  );
  t.after(() => holder.kill("SIGKILL"));
  await once(holder.stdout, "data");
  await endCluster(layout);
  assert.equal(holder.signalCode ?? (await once(holder, "exit"))[1], "SIGKILL");
  assert.equal(existsSync(run), false);
});

test("mounts below a folder are seen", (t) => {
  assert.ok(mountPoints("").includes("/proc"));
  assert.deepEqual(mountPoints(scratch(t)), []);
});
