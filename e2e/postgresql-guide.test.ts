/** Every manifest of the PostgreSQL guide, applied as a reader would, with what the guide promises about it. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { issueAuthority } from "@keelson/engine";
import { openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { example } from "./postgresql.ts";
import { clusterAndItsLife } from "./postgresql-guide-life.ts";
import { until } from "./until.ts";

describe("the PostgreSQL guide", () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform({ nodes: 3 });
    // On a new machine the image of single-instance.yaml, which nobody else has, takes most of a minute: it is got while others are tested.
    const image = "--image=keelson/postgresql:18";
    await platform.kubectl(["run", "needs-18", image, "--restart=Never", "--command", "--", "true"]);
  });
  after(() => platform?.stop());

  clusterAndItsLife(() => platform);

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
