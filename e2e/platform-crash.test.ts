/** kill -9 of every process of the platform and of the database's pods, one after another, under load: each comes back by itself. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { clusterReport, layoutOf, type ProcessReport, processIdentity } from "@keelson/embedded/cluster";
import { hostNetwork } from "./host-network.ts";
import { Ledger } from "./ledger.ts";
import { openNamespace } from "./namespace.ts";
import { root, startPlatform } from "./platform.ts";
import { clusterManifest, connectionString } from "./postgresql.ts";
import { until } from "./until.ts";

test("every part comes back after kill -9, and after a kill of all with the supervisor the next start goes on", async (t) => {
  const network = await hostNetwork();
  await using platform = await startPlatform();
  const space = await openNamespace(platform, "default");
  await platform.kubectl(["apply", "-f", "-"], clusterManifest("crash"));
  await space.untilReady("crash", 600_000);
  await using ledger = await Ledger.start(await connectionString(space, "crash"));
  const supervisor = async () => {
    const report = await clusterReport(layoutOf(platform.data).controlSocket);
    if (report === undefined) throw new Error("no supervisor answers");
    return report;
  };

  await t.test("status says by its exit code that all is well", async () => {
    await until("all is well", 30_000, () => platform.keelson("status"));
  });

  await t.test("a second up with other options is refused, and says which", async () => {
    const more = platform.keelson("up", "--detach", "--no-sample", "--nodes", "2");
    await assert.rejects(more, /it runs already, with --nodes 1, .* '.\/keelson up --nodes 2 --data /);
  });

  await t.test("the host's addresses, routes and nftables are those from before", async () => {
    assert.equal(await hostNetwork(), network);
  });

  await t.test("exec, logs and port-forward reach into pods, as the client of packages/kube uses them", async () => {
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      KEELSON_TEST_KUBECONFIG: platform.kubeconfig,
      KEELSON_TEST_IMAGE: "keelson/postgresql:17",
    };
    const file = join(root, "packages/kube/test/streams.system.test.ts");
    // A runner inside a runner must not think that it is one of the outer's files.
    const { NODE_TEST_CONTEXT: _, ...own } = env;
    const { stdout } = await promisify(execFile)(process.execPath, ["--test", "--test-reporter", "tap", file], {
      env: own,
      timeout: 180_000,
    });
    assert.match(stdout, /^# pass [1-9]/m);
    assert.match(stdout, /^# skipped 0/m);
  });

  for (const name of ["apiserver", "controllers", "node-1", "operator", "server"]) {
    await t.test(`kill -9 of ${name}`, async (sub) => {
      const before = await platform.part(name);
      ledger.resetGap();
      process.kill(before.pid ?? 0, "SIGKILL");
      await until(`${name} ready again`, 30_000, async () => {
        const now = await platform.part(name);
        return now.state === "ready" && now.pid !== before.pid;
      });
      await ledger.acknowledges(100);
      await space.untilReady("crash");
      sub.diagnostic(`longest write gap ${ledger.report().longestGapMs} ms`);
      await ledger.check(() => space.logs("crash"));
    });
  }

  await t.test("databases are not restarted by any of it", async () => {
    const restarts = await platform.kubectl([
      "get",
      "pods",
      "-o",
      "jsonpath={.items[*].status.containerStatuses[*].restartCount}",
    ]);
    assert.deepEqual([...new Set(restarts.trim().split(/\s+/))], ["0"]);
  });

  await t.test("kill -9 of everything, then up", async () => {
    const { pid } = await supervisor();
    const parts = await Promise.all(
      ["apiserver", "controllers", "node-1", "operator", "server"].map((name) => platform.part(name)),
    );
    process.kill(pid, "SIGKILL");
    for (const part of parts) process.kill(part.pid ?? 0, "SIGKILL");
    await until("the supervisor's end", 10_000, async () => processIdentity(pid) === undefined);
    const started = Date.now();
    await platform.keelson("up", "--detach", "--no-sample");
    assert.ok(Date.now() - started < 30_000, "a warm start takes seconds");
    await ledger.acknowledges(100, 180_000);
    await space.untilReady("crash");
  });

  const killSupervisor = async (): Promise<ProcessReport[]> => {
    const { pid, processes } = await supervisor();
    process.kill(pid, "SIGKILL");
    await until("the supervisor's end", 10_000, async () => processIdentity(pid) === undefined);
    return [...processes];
  };

  await t.test(
    "kill -9 of the supervisor alone, then up: the ports of what it left are not taken by another program",
    async () => {
      await killSupervisor();
      await platform.keelson("up", "--detach", "--no-sample");
      await ledger.acknowledges(100, 180_000);
      await space.untilReady("crash");
      await ledger.check(() => space.logs("crash"));
    },
  );
  await t.test(
    "kill -9 of the supervisor alone, then down: nothing of it runs, and the data is there at the next up",
    async () => {
      const left = await killSupervisor();
      await platform.keelson("down");
      assert.deepEqual(
        left.filter(({ pid }) => pid !== undefined && processIdentity(pid) !== undefined),
        [],
      );
      assert.ok(!existsSync(layoutOf(platform.data).run));
      await platform.keelson("up", "--detach", "--no-sample");
      await ledger.acknowledges(100, 180_000);
      await space.untilReady("crash", 180_000);
      await ledger.stop();
      await ledger.check(() => space.logs("crash"));
      assert.equal(await space.psql("crash", "SELECT 1"), "1");
    },
  );

  await t.test("kill -9 of the supervisor alone, then reset: what ran has ended before its data goes", async () => {
    const left = await killSupervisor();
    await platform.keelson("reset", "--yes");
    assert.deepEqual(
      left.filter(({ pid }) => pid !== undefined && processIdentity(pid) !== undefined),
      [],
    );
    assert.ok(!existsSync(platform.data) && !existsSync(layoutOf(platform.data).run));
    assert.equal(await hostNetwork(), network);
  });
});
