/** Every manifest of the PostgreSQL guide, applied as a reader would, with what the guide promises about it. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { issueAuthority } from "@keelson/engine";
import pg from "pg";
import { Ledger } from "./ledger.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { type Platform, root, startPlatform } from "./platform.ts";
import { connectionString } from "./postgresql.ts";
import { until } from "./until.ts";

const example = (name: string): string => readFileSync(join(root, "docs/examples/postgresql", `${name}.yaml`), "utf8");

describe("the PostgreSQL guide", () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform({ nodes: 3 });
    // On a new machine the image of single-instance.yaml, which nobody else has, takes most of a minute: it is got while others are tested.
    const image = "--image=keelson/postgresql:18";
    await platform.kubectl(["run", "needs-18", image, "--restart=Never", "--command", "--", "true"]);
  });
  after(() => platform?.stop());

  describe("a cluster and its life", () => {
    let space: Namespace;
    before(async () => {
      space = await openNamespace(platform, "guide");
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
      await until("another primary", 60_000, async () => (await space.primary("orders")) !== before);
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
      const ledger = await Ledger.start(await connectionString(space, "orders"));
      try {
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
      } finally {
        await ledger.stop();
      }
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

  test("single-instance.yaml: one instance and nothing beside it", async () => {
    await using space = await openNamespace(platform, "single");
    await space.apply(example("single-instance"));
    await space.untilReady("scratch", 300_000);
    const pods = (await space.kubectl("get", "pods", "-o", "name")).trim().split("\n");
    assert.equal(pods.length, 1);
    assert.match(await space.psql("scratch", "SHOW server_version"), /^18/);
  });

  test("users.yaml: roles, databases, rights and Secrets", async () => {
    await using space = await openNamespace(platform, "users");
    await space.apply(example("users"));
    await space.untilReady("orders", 300_000);
    const databases = await until("the databases", 60_000, async () => {
      const list = await space.psql(
        "orders",
        "SELECT datname FROM pg_database WHERE datname IN ('shop','archive') ORDER BY 1",
        "postgres",
      );
      return list === "archive\nshop" && list;
    });
    assert.equal(databases, "archive\nshop");
    const { uri = "" } = await space.secret("orders-pguser-shop");
    assert.equal(await space.psql("orders", "CREATE TABLE public.t (n int); SELECT current_database()", uri), "shop");
    const reporting = await space.secret("reporting-credentials");
    assert.match(reporting["password"] ?? "", /^[A-Za-z0-9]{24}$/);
    const limit = await space.psql(
      "orders",
      "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'reporting'",
      "postgres",
    );
    assert.equal(limit, "5");
    const superuser = await space.secret("orders-pguser-postgres");
    assert.equal(superuser["uri"], undefined);
  });

  test("parameters.yaml: parameters, rules, extensions, SQL that runs once", async () => {
    await using space = await openNamespace(platform, "parameters");
    await space.apply(example("parameters"));
    await space.untilReady("orders", 300_000);
    const show = (name: string) => space.psql("orders", `SHOW ${name}`, "shop");
    await until(
      "the parameters",
      60_000,
      async () => (await show("max_connections")) === "200" && (await show("shared_buffers")) === "128MB",
    );
    assert.equal(await show("log_min_duration_statement"), "500ms");
    const rules = await space.psql(
      "orders",
      "SELECT count(*) FROM pg_hba_file_rules WHERE address = '10.0.0.0'",
      "shop",
    );
    assert.equal(rules, "1");
    await until("the extensions", 60_000, async () => {
      const names = await space.psql("orders", "SELECT extname FROM pg_extension ORDER BY 1", "shop");
      return names.includes("pg_stat_statements") && names.includes("vector");
    });
    await until(
      "the table of the init script",
      60_000,
      async () => (await space.psql("orders", "SELECT to_regclass('public.countries')", "shop")) === "countries",
    );

    const uids = async () => (await space.pods("orders")).map(({ uid }) => uid).sort();
    const pods = await uids();
    await space.apply(example("parameters").replace("max_connections: 200", "max_connections: 250"));
    await until("every instance has restarted with the parameter", 120_000, async () => {
      const shown = await Promise.all(
        (await space.pods("orders")).map(({ name }) => space.psqlIn(name, "SHOW max_connections", "postgres")),
      );
      if (shown.every((value) => value === "250")) return true;
      throw new Error(shown.join());
    });
    await space.untilReady("orders");
    assert.deepEqual(await uids(), pods, "PostgreSQL restarted, the pods did not");
  });

  test("placement.yaml: each instance on a machine of its own, tainted or not, with a volume for its log", async (t) => {
    await using space = await openNamespace(platform, "placement");
    await platform.kubectl(["taint", "node", "node-3", "databases=only:NoSchedule"]);
    t.after(() => platform.kubectl(["taint", "node", "node-3", "databases-"]));
    await space.apply(example("placement"));
    await space.untilReady("orders", 300_000);
    const selector = "postgres-operator.crunchydata.com/data=postgres";
    const nodes = (
      await space.kubectl("get", "pods", "-l", selector, "-o", "jsonpath={.items[*].spec.nodeName}")
    ).split(" ");
    assert.equal(new Set(nodes).size, 3);
    const claims = await space.kubectl(
      "get",
      "pvc",
      "-l",
      "postgres-operator.crunchydata.com/role=pgwal",
      "-o",
      "name",
    );
    assert.equal(claims.trim().split("\n").length, 3);
    const primary = await space.primary("orders");
    const link = await space.kubectl("exec", primary, "-c", "database", "--", "readlink", "/pgdata/pg17/pg_wal");
    assert.match(link, /^\/pgwal\//);
  });

  test("tablespaces.yaml: a tablespace on a volume of its own", async () => {
    await using space = await openNamespace(platform, "tablespaces");
    await space.apply(example("tablespaces"));
    await space.untilReady("orders", 300_000);
    await space.psql("orders", "CREATE TABLESPACE archive LOCATION '/tablespaces/archive/data'");
    await space.psql("orders", "CREATE TABLE old TABLESPACE archive AS SELECT generate_series(1, 10) AS n");
    const primary = await space.primary("orders");
    const files = await space.kubectl(
      "exec",
      primary,
      "-c",
      "database",
      "--",
      "find",
      "/tablespaces/archive/data",
      "-type",
      "f",
    );
    assert.notEqual(files, "");
    const selector = "postgres-operator.crunchydata.com/role=tablespace";
    const claims = await space.kubectl("get", "pvc", "-l", selector, "-o", "name");
    assert.equal(claims.trim().split("\n").length, 1);
  });

  test("pooler.yaml: its mode, and an address from outside", async () => {
    await using space = await openNamespace(platform, "pooler");
    await space.apply(example("pooler"));
    await space.untilReady("orders", 300_000);
    const ini = await space.kubectl("get", "configmap", "orders-pgbouncer", "-o", "jsonpath={.data.pgbouncer\\.ini}");
    assert.match(ini, /^pool_mode *= *transaction$/m);
    await until("status.host is the address of the load balancer", 60_000, async () =>
      /^\d+\.\d+\.\d+\.\d+$/.test((await space.cluster("orders")).status?.host ?? ""),
    );
    const { "pgbouncer-uri": uri = "" } = await space.secret("orders-pguser-orders");
    assert.equal(await space.psql("orders", "SELECT 1", uri), "1");
  });

  test("own-authority.yaml: every certificate is signed by the user's authority", async () => {
    await using space = await openNamespace(platform, "authority");
    const now = Date.now();
    const { certificate, key } = await issueAuthority("our company", { now, validityMs: 1000 * 86_400_000 });
    const object = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "orders-authority" },
      stringData: { "root.crt": certificate, "root.key": key },
    };
    await space.apply(JSON.stringify(object));
    await space.apply(example("own-authority"));
    await space.untilReady("orders", 300_000);
    const root = new X509Certificate(certificate);
    for (const name of ["orders-cluster-cert", "orders-replication-cert"]) {
      const leaf = new X509Certificate((await space.secret(name))["tls.crt"] ?? "");
      assert.ok(leaf.verify(root.publicKey), name);
    }
  });

  test("clean-up.yaml: nothing is left after the cluster", async () => {
    await using space = await openNamespace(platform, "cleanup");
    await space.apply(example("clean-up"));
    await space.untilReady("throw-away", 300_000);
    await space.kubectl("delete", "pg", "throw-away", "--timeout=120s");
    await until("claims, Secrets and backups are gone", 60_000, async () => {
      const left = await space.kubectl("get", "pvc,secrets,pg-backup", "-o", "name");
      if (left.trim() !== "") throw new Error(left);
      return true;
    });
  });
});
