/** What cannot be done: a condition and an event name the field and the remedy, and what runs goes on running. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Namespace, openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { clusterManifest } from "./postgresql.ts";
import { until } from "./until.ts";

interface EventView {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly name: string };
}

describe("PostgreSQL says what it cannot do", () => {
  let platform: Platform;
  let space: Namespace;

  before(async () => {
    platform = await startPlatform();
    space = await openNamespace(platform, "refusals");
    await space.apply(manifest("good", {}));
    await space.untilReady("good", 600_000);
  });
  after(() => platform?.stop());

  /** One instance with backups. */
  const manifest = (name: string, spec: object): string => clusterManifest(name, { instances: 1, poolers: 1, spec });

  const eventsOf = async (name: string): Promise<EventView[]> => {
    const list = JSON.parse(await space.kubectl("get", "events", "-o", "json")) as { items: EventView[] };
    return list.items.filter((event) => event.type === "Warning" && event.involvedObject.name === name);
  };

  const startedAt = () => space.psql("good", "SELECT pg_postmaster_start_time()", "postgres");

  /** Waits for a condition and a Warning event of the cluster that match. */
  async function refused(name: string, words: RegExp): Promise<void> {
    await until(`a condition of ${name} with ${words}`, 60_000, async () => {
      const { conditions = [] } = (await space.cluster(name)).status ?? {};
      if (conditions.some(({ message, reason }) => words.test(`${reason} ${message}`))) return true;
      throw new Error(JSON.stringify(conditions));
    });
    await until(`an event of ${name} with ${words}`, 30_000, async () => {
      const events = await eventsOf(name);
      if (events.some(({ reason, message }) => words.test(`${reason} ${message}`))) return true;
      throw new Error(JSON.stringify(events));
    });
  }

  /** Changes the running cluster, looks for the refusal, changes it back; the server must not have been restarted. */
  async function refusedWhileRunning(change: object, back: object, words: RegExp): Promise<void> {
    const before = await startedAt();
    await space.patch("good", change);
    await refused("good", words);
    assert.equal(await startedAt(), before, "the server was not restarted");
    await space.patch("good", back);
    await space.untilReady("good");
    assert.equal(await startedAt(), before, "the server was not restarted");
  }

  async function restoreFails(name: string, options: readonly string[], words: RegExp): Promise<void> {
    const before = await startedAt();
    const object = {
      apiVersion: "pgv2.percona.com/v2",
      kind: "PerconaPGRestore",
      metadata: { name },
      spec: { pgCluster: "good", repoName: "repo1", options },
    };
    await space.apply(JSON.stringify(object));
    await until(
      `restore ${name} failed`,
      120_000,
      async () => (await space.kubectl("get", "pg-restore", name, "-o", "jsonpath={.status.state}")) === "Failed",
    );
    await until(`an event of ${name} with ${words}`, 30_000, async () =>
      (await eventsOf(name)).some(({ reason, message }) => words.test(`${reason} ${message}`)),
    );
    assert.equal(await startedAt(), before, "the server was not restarted");
    await space.kubectl("delete", "pg-restore", name, "--timeout=60s");
  }

  test("a version that is not in the catalogue", async () => {
    await space.apply(manifest("old", { postgresVersion: 13 }));
    await refused("old", /spec\.postgresVersion/);
    await space.kubectl("delete", "pg", "old", "--timeout=60s");
  });

  test("an image without the tools", async () => {
    await space.apply(manifest("toolless", { image: "keelson/busybox:1" }));
    await refused("toolless", /spec\.image/);
    await space.kubectl("delete", "pg", "toolless", "--timeout=60s");
  });

  test("a storage class that does not exist", async () => {
    const claim = {
      storageClassName: "no-such-class",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    };
    await space.apply(manifest("classless", { instances: [{ name: "a", replicas: 1, dataVolumeClaimSpec: claim }] }));
    await refused("classless", /no-such-class/);
    await space.kubectl("delete", "pg", "classless", "--timeout=60s");
  });

  test("a volume that should shrink", async () => {
    const { instances } = (await space.cluster("good")).spec;
    const [set = {}] = instances;
    const smaller = {
      ...set,
      dataVolumeClaimSpec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "512Mi" } } },
    };
    await refusedWhileRunning({ instances: [smaller] }, { instances }, /dataVolumeClaimSpec/);
  });

  test("a Secret that is missing, and one without its key", async () => {
    const ask = { secrets: { customTLSSecret: { name: "my-certificate" } } };
    await refusedWhileRunning(ask, { secrets: null }, /my-certificate/);
    await space.kubectl("create", "secret", "generic", "my-certificate", "--from-literal=tls.crt=nonsense");
    await refusedWhileRunning(ask, { secrets: null }, /my-certificate/);
  });

  test("a refused field stops nothing else: a deleted certificate is made anew meanwhile", async () => {
    await space.patch("good", { dataSource: { postgresCluster: { clusterName: "other", repoName: "repo1" } } });
    await refused("good", /spec\.dataSource: Not supported by this version/);
    await space.kubectl("delete", "secret", "good-cluster-cert");
    await until(
      "the certificate is there again",
      60_000,
      async () => (await space.secret("good-cluster-cert"))["tls.crt"],
    );
    await space.patch("good", { dataSource: null });
    await space.untilReady("good");
  });

  test("fields without effect are listed, and change nothing", async () => {
    await refusedWhileRunning(
      { openshift: true },
      { openshift: null },
      /without effect in this version: .*spec\.openshift/,
    );
  });

  test("certificates that only the user makes are waited for by name, and not made", async () => {
    await space.apply(manifest("bare", { tls: { certManagementPolicy: "userProvidedOnly" } }));
    await refused("bare", /TLSSecretsMissing.* bare-cluster-cert \(tls\.crt, tls\.key, ca\.crt\)/);
    assert.equal(await space.kubectl("get", "secret", "bare-cluster-cert", "--ignore-not-found", "-o", "name"), "");
    await space.kubectl("delete", "pg", "bare", "--timeout=60s");
  });

  test("a major upgrade", async () => {
    const image = "x";
    const object = {
      apiVersion: "pgv2.percona.com/v2",
      kind: "PerconaPGUpgrade",
      metadata: { name: "to-the-next" },
      spec: {
        postgresClusterName: "good",
        fromPostgresVersion: 17,
        toPostgresVersion: 18,
        image,
        toPostgresImage: image,
        toPgBouncerImage: image,
        toPgBackRestImage: image,
      },
    };
    await space.apply(JSON.stringify(object));
    await until("a condition of the upgrade", 30_000, async () =>
      /not supported by this version/.test(
        await space.kubectl("get", "perconapgupgrade", "to-the-next", "-o", "jsonpath={.status.conditions[*].message}"),
      ),
    );
    await space.kubectl("delete", "perconapgupgrade", "to-the-next", "--timeout=60s");
  });

  test("a parameter that PostgreSQL refuses", async () => {
    const parameters = { work_mem: "a lot" };
    const ask = { patroni: { dynamicConfiguration: { postgresql: { parameters } } } };
    await refusedWhileRunning(ask, { patroni: { dynamicConfiguration: null } }, /work_mem/);
  });

  test("a restore to a time outside of the window, of a backup that does not exist, with an option that is not allowed", async () => {
    await restoreFails("too-late", ["--type=time", '--target="2099-01-01 00:00:00+00"'], /2099-01-01/);
    await restoreFails("too-early", ["--type=time", '--target="2001-01-01 00:00:00+00"'], /2001-01-01/);
    await restoreFails("no-backup", ["--set=20010101-000000F", "--type=immediate"], /20010101-000000F/);
    await restoreFails("no-option", ["--pg1-path=/etc"], /pg1-path/);
  });

  test("a backup to a repository that the cluster does not have", async () => {
    const object = {
      apiVersion: "pgv2.percona.com/v2",
      kind: "PerconaPGBackup",
      metadata: { name: "nowhere" },
      spec: { pgCluster: "good", repoName: "repo4" },
    };
    await space.apply(JSON.stringify(object));
    await until(
      "the backup failed",
      60_000,
      async () => (await space.kubectl("get", "pg-backup", "nowhere", "-o", "jsonpath={.status.state}")) === "Failed",
    );
    const error = await space.kubectl("get", "pg-backup", "nowhere", "-o", "jsonpath={.status.error}");
    assert.match(error, /repo4/);
  });

  test("a new cluster of an old one's name says that it takes over the data", async () => {
    await space.apply(manifest("again", { backups: { enabled: false } }));
    await space.untilReady("again", 300_000);
    await space.psql("again", "CREATE TABLE mine AS SELECT 7 AS n");
    await space.kubectl("delete", "pg", "again", "--timeout=120s");
    await space.apply(manifest("again", { backups: { enabled: false } }));
    await space.untilReady("again", 300_000);
    assert.equal(await space.psql("again", "SELECT n FROM mine"), "7");
    await until("an event about it", 30_000, async () => {
      const list = JSON.parse(await space.kubectl("get", "events", "-o", "json")) as { items: EventView[] };
      return list.items.some(
        ({ reason, involvedObject }) => reason === "DataAdopted" && involvedObject.name === "again",
      );
    });
  });
});
