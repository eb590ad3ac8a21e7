/** What the poolers do beside pooling. */
import { after, before, describe, test } from "node:test";
import { type Namespace, openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { clusterManifest } from "./postgresql.ts";
import { until } from "./until.ts";

describe("PostgreSQL's poolers", () => {
  let platform: Platform;
  let space: Namespace;

  before(async () => {
    platform = await startPlatform();
    space = await openNamespace(platform, "poolers");
    await space.apply(clusterManifest("pooled", { instances: 1, poolers: 1 }));
    await space.untilReady("pooled", 600_000);
  });
  after(() => platform?.stop());

  /** Whether a query gets through within three seconds: one that is held would wait for two minutes, `query_wait_timeout`. */
  async function answers(): Promise<boolean> {
    const { "pgbouncer-uri": uri = "" } = await space.secret("pooled-pguser-pooled");
    const query = ["timeout", "--signal=KILL", "3", "psql", "-XAtqc", "SELECT 1", uri];
    const primary = await space.primary("pooled");
    return await space.kubectl("exec", primary, "-c", "database", "--", ...query).then(
      (text) => text.trim() === "1",
      () => false,
    );
  }

  test("hold all queries while they are paused, one that is made meanwhile too, and let them go afterwards", async () => {
    await until("an answer", 60_000, answers);
    const pause = (paused: boolean) => space.patch("pooled", { proxy: { pgBouncer: { paused } } });
    await pause(true);
    await until("no answer", 120_000, async () => !(await answers()));
    const selector = "postgres-operator.crunchydata.com/role=pgbouncer";
    await space.kubectl("delete", "pod", "-l", selector, "--wait=true", "--timeout=120s");
    await space.kubectl("rollout", "status", "deployment/pooled-pgbouncer", "--timeout=120s");
    for (let i = 0; i < 3; i++) {
      if (await answers()) throw new Error("a new pooler of a paused cluster let a query through");
    }
    await pause(false);
    await until("an answer again", 120_000, answers);
  });
});
