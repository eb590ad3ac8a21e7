/** The story of the first page: Percona's own manifests, a lost primary, a backup, a dropped table, and its return. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { perconaManifests } from "@keelson/kube/testing";
import { Ledger } from "./ledger.ts";
import { openNamespace } from "./namespace.ts";
import { startPlatform } from "./platform.ts";
import { connectionString } from "./postgresql.ts";
import { until } from "./until.ts";

const { folder: samples, missing: skip } = perconaManifests("postgresql");

test("Percona's manifest, unchanged: primary lost, backup, table dropped, restored to the moment before", {
  skip,
}, async (t) => {
  await using platform = await startPlatform();
  const space = await openNamespace(platform, "default");
  await platform.kubectl(["apply", "-f", join(samples, "cr.yaml")]);
  const ready = await space.untilReady("cluster1", 600_000);
  assert.equal(ready.status?.postgres?.ready, 3);
  await until("three poolers", 60_000, async () => (await space.untilReady("cluster1")).status?.pgbouncer?.ready === 3);

  await platform.kubectl([
    "patch",
    "pg",
    "cluster1",
    "--type=merge",
    "-p",
    '{"spec":{"expose":{"type":"LoadBalancer"}}}',
  ]);
  await using ledger = await Ledger.start(await connectionString(space, "cluster1"));
  await ledger.acknowledges(100);

  const lost = await space.primary("cluster1");
  ledger.resetGap();
  await platform.kubectl(["delete", "pod", lost, "--grace-period=0", "--force"]);
  await ledger.acknowledges(100);
  t.diagnostic(`write gap after the loss of the primary: ${ledger.report().longestGapMs} ms`);
  await ledger.check(() => space.logs("cluster1"));
  await space.untilReady("cluster1");

  await platform.kubectl(["apply", "-f", join(samples, "backup.yaml")]);
  await until("the backup", 180_000, async () => {
    const state = await platform.kubectl(["get", "pg-backup", "backup1", "-o", "jsonpath={.status.state}"]);
    assert.notEqual(state, "Failed");
    return state === "Succeeded";
  });
  await ledger.acknowledges(100);
  const report = await ledger.stop();

  const moment = await space.psql("cluster1", "SELECT clock_timestamp()");
  await ledger.dropTable();
  await space.psql("cluster1", "SELECT pg_switch_wal()");
  const restore = readFileSync(join(samples, "restore.yaml"), "utf8").replace(/#\s*options:.*[\s\S]*$/, "");
  const options = `  options:\n  - --type=time\n  - --target="${moment}"\n`;
  await platform.kubectl(["apply", "-f", "-"], `${restore.trimEnd()}\n${options}`);
  await until("the restore", 300_000, async () => {
    const state = await platform.kubectl(["get", "pg-restore", "restore1", "-o", "jsonpath={.status.state}"]);
    assert.notEqual(state, "Failed");
    return state === "Succeeded";
  });
  await space.untilReady("cluster1", 300_000);
  await ledger.check(() => space.logs("cluster1"));
  t.diagnostic(`${report.acknowledged} acknowledged rows, none lost`);
});
