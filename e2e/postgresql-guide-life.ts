/** The part of the PostgreSQL guide that is about one cluster: how it changes, moves, is stopped, saved and brought back. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { Ledger } from "./ledger.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import type { Kubernetes } from "./platform.ts";
import { connectionString, example } from "./postgresql.ts";
import { until } from "./until.ts";

/** Declares its tests. They run in their order, each on what those before it have left; `platform` is asked for when they begin. */
export function clusterAndItsLife(platform: () => Kubernetes): void {
  describe("a cluster and its life", () => {
    let space: Namespace;
    before(async () => {
      space = await openNamespace(platform(), "guide");
      await space.apply(example("cluster"));
      await space.untilReady("orders", 600_000);
    });
    after(() => space?.close());

    test("three instances, two poolers, services and connection strings under their names", async () => {
      const { status } = await space.cluster("orders");
      assert.deepEqual([status?.postgres?.ready, status?.pgbouncer?.ready], [3, 2]);
      assert.equal(status?.host, "orders-pgbouncer.guide.svc");
      const services = (await space.kubectl("get", "services", "-o", "name")).trim().split("\n");
      for (const name of ["orders-ha", "orders-primary", "orders-replicas", "orders-pods", "orders-pgbouncer"]) {
        assert.ok(services.includes(`service/${name}`), name);
      }
      const secret = await space.secret("orders-pguser-orders");
      for (const key of ["host", "port", "user", "password", "verifier", "dbname", "uri", "jdbc-uri"])
        assert.ok(secret[key], key);
      for (const key of ["host", "port", "uri", "jdbc-uri"]) assert.ok(secret[`pgbouncer-${key}`], `pgbouncer-${key}`);
      for (const key of ["uri", "pgbouncer-uri"]) {
        assert.equal(await space.psql("orders", "SELECT current_user", secret[key]), "orders", key);
      }
    });

    test("a password that is written to the Secret becomes the user's", async () => {
      const password = "another-password-of-mine";
      const data = { password: Buffer.from(password).toString("base64"), verifier: "" };
      await space.kubectl("patch", "secret", "orders-pguser-orders", "--type=merge", "-p", JSON.stringify({ data }));
      await until("the new password is taken", 60_000, async () => {
        const { uri = "" } = await space.secret("orders-pguser-orders");
        return uri.includes(password) && (await space.psql("orders", "SELECT 1", uri)) === "1";
      });
    });

    test("switchover.yaml moves the primary", async () => {
      const before = await space.primary("orders");
      await space.apply(example("switchover"));
      await until("another primary", 150_000, async () => (await space.primary("orders")) !== before);
      await space.untilReady("orders");
    });

    test("scale.yaml keeps the primary, cluster.yaml brings a replica back", async () => {
      const primary = await space.primary("orders");
      await space.apply(example("scale"));
      await until("two instances", 90_000, async () => (await space.instances("orders")).length === 2);
      await space.untilReady("orders");
      assert.equal(await space.primary("orders"), primary);
      await space.apply(example("cluster"));
      await until(
        "three instances",
        120_000,
        async () => (await space.cluster("orders")).status?.postgres?.ready === 3,
      );
      await space.untilReady("orders");
    });

    test("pause.yaml stops everything, and the data are there after cluster.yaml", async () => {
      await space.psql("orders", "CREATE TABLE before_pause AS SELECT 42 AS answer");
      await space.apply(example("pause"));
      await until("paused", 120_000, async () => (await space.cluster("orders")).status?.state === "paused");
      assert.deepEqual(await space.instances("orders"), []);
      await space.apply(example("cluster"));
      await space.untilReady("orders");
      assert.equal(await space.psql("orders", "SELECT answer FROM before_pause"), "42");
    });

    test("asynchronous.yaml: no commit waits for a replica; with cluster.yaml one does again", async () => {
      const waitsFor = () => space.psql("orders", "SHOW synchronous_standby_names");
      await until("commits wait for a replica", 60_000, async () => (await waitsFor()) !== "");
      await space.apply(example("asynchronous"));
      await until("commits wait for nobody", 60_000, async () => (await waitsFor()) === "");
      await space.apply(example("cluster"));
      await until("commits wait for a replica again", 60_000, async () => (await waitsFor()) !== "");
    });

    test("outside.yaml: one address takes writes, another answers from replicas", async () => {
      await space.apply(example("outside"));
      const inRecovery = async (service: string): Promise<boolean | undefined> => {
        const uri = new URL(await connectionString(space, "orders", { service }));
        uri.search = "";
        const client = new pg.Client({ connectionString: uri.href, ssl: { rejectUnauthorized: false } });
        await client.connect();
        const { rows } = await client.query<{ replica: boolean }>("SELECT pg_is_in_recovery() AS replica");
        await client.end();
        return rows[0]?.replica;
      };
      await until("the primary's address", 60_000, async () => (await inRecovery("orders-ha")) === false);
      await until("the replicas' address", 60_000, async () => (await inRecovery("orders-replicas")) === true);
    });

    test("larger-volume.yaml grows the volumes; smaller ones are refused, naming the field", async () => {
      await space.apply(example("larger-volume"));
      await until("all volumes have 3Gi", 90_000, async () => {
        const selector = "postgres-operator.crunchydata.com/role=pgdata";
        const path = "jsonpath={.items[*].status.capacity.storage}";
        const sizes = await space.kubectl("get", "pvc", "-l", selector, "-o", path);
        return sizes.split(" ").every((size) => size === "3Gi");
      });
      await space.apply(example("cluster"));
      await until("a condition that names the field", 60_000, async () =>
        (await space.cluster("orders")).status?.conditions?.some(
          ({ status, message }) => status === "False" && /dataVolumeClaimSpec/.test(message),
        ),
      );
      await space.apply(example("larger-volume"));
      await space.untilReady("orders");
    });

    test("more-memory.yaml: one pod after the other, the primary after a switchover, and no write is lost", async (t) => {
      await space.patch("orders", { expose: { type: "LoadBalancer" } });
      await using ledger = await Ledger.start(await connectionString(space, "orders"));
      await ledger.acknowledges(100);
      const before = await space.primary("orders");
      let fewest = 3;
      ledger.resetGap();
      // The volumes have grown meanwhile, and never shrink.
      await space.apply(example("more-memory").replace("storage: 2Gi", "storage: 3Gi"));
      await until("every instance has the memory", 240_000, async () => {
        const pods = await space.pods("orders");
        fewest = Math.min(fewest, pods.filter(({ ready }) => ready).length);
        return pods.length === 3 && pods.every(({ ready, memory }) => ready && memory === "768Mi");
      });
      await space.untilReady("orders");
      await ledger.acknowledges(100);
      const { longestGapMs } = ledger.report();
      t.diagnostic(`longest write gap ${longestGapMs} ms; never fewer than ${fewest} instances ready`);
      assert.ok(fewest >= 2, `${3 - fewest} instances were away at a time`);
      assert.notEqual(await space.primary("orders"), before);
      assert.ok(longestGapMs < 30_000, `no write for ${longestGapMs} ms`);
      await ledger.check(() => space.logs("orders"));
    });

    test("backup, restore to the latest point, restore to a time", async () => {
      const run = async (kind: string, name: string, manifest: string): Promise<void> => {
        await space.apply(manifest);
        await until(`${kind} ${name}`, 300_000, async () => {
          const state = await space.kubectl("get", kind, name, "-o", "jsonpath={.status.state}");
          assert.notEqual(state, "Failed");
          return state === "Succeeded";
        });
        await space.untilReady("orders", 300_000);
      };
      const rows = () => space.psql("orders", "SELECT count(*) FROM kept");
      await run("pg-backup", "orders-before-release", example("backup"));
      await space.psql("orders", "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n");
      await space.psql("orders", "SELECT pg_switch_wal()");
      await run("pg-restore", "orders-latest", example("restore-latest"));
      assert.equal(await rows(), "1000");

      const moment = await space.psql("orders", "SELECT clock_timestamp()");
      await space.psql("orders", "DROP TABLE kept");
      await space.psql("orders", "SELECT pg_switch_wal()");
      const manifest = example("restore-to-a-time").replace("2026-11-21 10:15:00+00", moment);
      await run("pg-restore", "orders-before-the-accident", manifest);
      assert.equal(await rows(), "1000");
    });
  });
}
