/** Backups that nobody asks for, restores that would lose data without a word, and the end of a cluster with its backups. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Namespace, openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { clusterManifest } from "./postgresql.ts";
import { until } from "./until.ts";

const NAME = "orders";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface Job {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly failed?: number; readonly conditions?: readonly Condition[] };
}

interface Backup {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: {
    readonly state?: string;
    readonly backupName?: string;
    readonly error?: string;
    readonly latestRestorableTime?: string;
  };
}

describe("backups and restores", () => {
  let platform: Platform;
  let space: Namespace;
  before(async () => {
    platform = await startPlatform();
    space = await openNamespace(platform, "backups");
  });
  after(() => platform?.stop());

  const manifest = (schedules: object, finalizers: string[] = [], instances = 1): string => {
    const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
    const repo = { name: "repo1", volume: { volumeClaimSpec: claim }, schedules };
    const spec = { backups: { pgbackrest: { repos: [repo] } } };
    const object = JSON.parse(clusterManifest(NAME, { instances, poolers: 0, spec })) as { metadata: object };
    return JSON.stringify({ ...object, metadata: { name: NAME, finalizers } });
  };
  const backups = async (): Promise<Backup[]> =>
    (JSON.parse(await space.kubectl("get", "pg-backup", "-o", "json")) as { items: Backup[] }).items;
  const sql = (statements: string): Promise<string> => space.psql(NAME, statements);
  /** Asks for a restore and gives its state and the words of its condition at the end. */
  const restore = async (name: string, ...options: string[]): Promise<string> => {
    const spec = { pgCluster: NAME, repoName: "repo1", options };
    const object = { apiVersion: "pgv2.percona.com/v2", kind: "PerconaPGRestore", metadata: { name }, spec };
    await space.apply(JSON.stringify(object));
    const status = await until(`the end of restore ${name}`, 300_000, async () => {
      const { status } = JSON.parse(await space.kubectl("get", "pg-restore", name, "-o", "json")) as {
        status?: { state?: string; conditions?: Condition[] };
      };
      return status?.state === "Succeeded" || status?.state === "Failed" ? status : undefined;
    });
    const condition = status.conditions?.find(({ type }) => type === "Succeeded");
    if (status.state === "Succeeded") await space.untilReady(NAME, 300_000);
    return `${status.state}: ${condition?.reason} ${condition?.message}`;
  };

  test("the first backup needs one try, and a schedule of every minute gives a backup", async () => {
    await space.apply(manifest({ full: "* * * * *" }, ["percona.com/delete-backups"]));
    await space.untilReady(NAME, 600_000);
    const type = "pgv2.percona.com/pgbackrest-backup-job-type";
    const first = await until("the first backup", 180_000, async () =>
      (await backups()).find(
        (b) => b.metadata.annotations?.[type] === "replica-create" && b.status?.state === "Succeeded",
      ),
    );
    const jobs = JSON.parse(await space.kubectl("get", "jobs", "-o", "json")) as {
      items: { metadata: { ownerReferences?: { name: string }[] }; status?: { failed?: number } }[];
    };
    const job = jobs.items.find((j) => j.metadata.ownerReferences?.[0]?.name === first.metadata.name);
    assert.equal(job?.status?.failed ?? 0, 0);
    const scheduled = await until("a scheduled backup", 180_000, async () =>
      (await backups()).find((b) => b.metadata.annotations?.[type] === "scheduled" && b.status?.state === "Succeeded"),
    );
    assert.match(scheduled.status?.backupName ?? "", /^\d{8}-\d{6}F$/);
    await space.apply(manifest({}, ["percona.com/delete-backups"]));
    await until("no backup under way", 120_000, async () =>
      (await backups()).every((b) => b.status?.state === "Succeeded" || b.status?.state === "Failed"),
    );
  });

  test("the backups say up to which commit a restore can go", async () => {
    await sql("CREATE TABLE committed (n int)");
    const committed = Date.parse(
      await sql("SELECT to_json(pg_xact_commit_timestamp(xmin)) #>> '{}' FROM pg_class WHERE relname = 'committed'"),
    );
    await sql("SELECT pg_switch_wal()");
    const latest = await until("the commit can be restored", 90_000, async () => {
      const times = (await backups()).map(({ status }) => Date.parse(status?.latestRestorableTime ?? ""));
      return times.find((time) => time >= Math.floor(committed / 1_000) * 1_000);
    });
    assert.ok(latest <= Date.now());
  });

  test("a time that a restore has left behind is refused with the way to reach it, and is reached that way", async () => {
    await sql("CREATE TABLE kept (n int)");
    const before = await sql("SELECT clock_timestamp()");
    await sql("INSERT INTO kept VALUES (1)");
    const between = await sql("SELECT clock_timestamp()");
    await sql("DELETE FROM kept");
    assert.match(await restore("before", "--type=time", `--target=${before}`), /^Succeeded/);
    assert.equal(await sql("SELECT count(*) FROM kept"), "0");
    const { metadata } = JSON.parse(await space.kubectl("get", "pg-restore", "before", "-o", "json")) as {
      metadata: { annotations?: Record<string, string> };
    };
    assert.equal(metadata.annotations?.["keelson.dev/timeline-before"], "1", "the server tells the way back by it");

    const running = await space.primary(NAME);
    const refused = await restore("between", "--type=time", `--target=${between}`);
    assert.match(refused, /^Failed: TargetOutsideWindow .*left behind.*Add --target-timeline=1 /);
    assert.equal(await space.primary(NAME), running);
    const elsewhere = ["--type=time", `--target=${between}`, "--target-timeline=1"];
    assert.match(await restore("between-on-the-first", ...elsewhere), /^Succeeded/);
    assert.equal(await sql("SELECT count(*) FROM kept"), "1");
  });

  test("a restore to what is not there brings the data from before back", async () => {
    await sql("INSERT INTO kept VALUES (2)");
    const [outcome, job] = await Promise.all([
      restore("nowhere", "--type=name", "--target=nobody-made-this"),
      until("its Job to fail", 180_000, async () => {
        const { items } = JSON.parse(await space.kubectl("get", "jobs", "-o", "json")) as { items: Job[] };
        return items.find(
          ({ metadata, status }) =>
            metadata.name === `${NAME}-pgbackrest-restore` && status?.conditions?.some(({ type }) => type === "Failed"),
        );
      }),
    ]);
    assert.match(outcome, /^Failed: RestoreFailed spec\.options: --target=nobody-made-this .*does not come in/);
    assert.equal(job.status?.failed, 1, "another try would read the same log");
    await space.untilReady(NAME, 300_000);
    assert.equal(await sql("SELECT count(*) FROM kept"), "2");
    assert.equal(await sql("SHOW archive_mode"), "on");
  });

  test("a restore that is deleted under way brings the data from before back", async () => {
    const spec = { pgCluster: NAME, repoName: "repo1", options: [] };
    const metadata = { name: "regretted" };
    await space.apply(JSON.stringify({ apiVersion: "pgv2.percona.com/v2", kind: "PerconaPGRestore", metadata, spec }));
    await until("its Job", 120_000, async () =>
      (await space.kubectl("get", "jobs", "-o", "name")).includes(`${NAME}-pgbackrest-restore`),
    );
    await space.kubectl("delete", "pg-restore", "regretted", "--timeout=240s");
    await space.untilReady(NAME, 300_000);
    assert.equal(await sql("SELECT count(*) FROM kept"), "2");
  });

  test("a restore to a moment at which a backup ran brings the replica back too, from an older backup", async () => {
    await space.apply(manifest({}, ["percona.com/delete-backups"], 2));
    await space.untilReady(NAME, 300_000);
    const ask = (name: string): Promise<unknown> => {
      const spec = { pgCluster: NAME, repoName: "repo1", options: ["--type=full"] };
      return space.apply(
        JSON.stringify({ apiVersion: "pgv2.percona.com/v2", kind: "PerconaPGBackup", metadata: { name }, spec }),
      );
    };
    const done = (name: string): Promise<unknown> =>
      until(`the end of backup ${name}`, 300_000, async () =>
        (await backups()).some((b) => b.metadata.name === name && b.status?.state === "Succeeded"),
      );
    await ask("before-it");
    await done("before-it");
    await ask("running-then");
    const running = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgBackRest [backup]%'";
    await until("a backup that runs", 120_000, async () => (await sql(running)) !== "0");
    const rows = await sql("SELECT count(*) FROM kept");
    const moment = await sql("SELECT clock_timestamp()");
    await sql("DELETE FROM kept");
    await done("running-then");
    await sql("SELECT pg_switch_wal()");
    assert.match(await restore("while-it-ran", "--type=time", `--target=${moment}`), /^Succeeded/);
    assert.equal((await space.cluster(NAME)).status?.postgres?.ready, 2);
    assert.notEqual(rows, "0");
    assert.equal(await sql("SELECT count(*) FROM kept"), rows);
  });

  test("a backup that the repository has dropped loses its object", async () => {
    await space.untilReady(NAME, 300_000);
    await space.patch(NAME, { backups: { pgbackrest: { global: { "repo1-retention-full": "1" } } } });
    const spec = { pgCluster: NAME, repoName: "repo1", options: ["--type=full"] };
    const object = { apiVersion: "pgv2.percona.com/v2", kind: "PerconaPGBackup", metadata: { name: "last" }, spec };
    assert.ok((await backups()).filter(({ status }) => status?.state === "Succeeded").length > 1);
    await space.apply(JSON.stringify(object));
    await until("only the last one is left", 180_000, async () => {
      const done = (await backups()).filter(({ status }) => status?.state === "Succeeded");
      return done.map(({ metadata }) => metadata.name).join() === "last";
    });
  });

  test("delete-backups empties the repositories of a cluster that is paused, and keeps its volumes", async () => {
    await space.patch(NAME, { pause: true });
    await until("paused", 120_000, async () => (await space.cluster(NAME)).status?.state === "paused");
    const labels = (await backups()).flatMap((b) => b.status?.backupName ?? []);
    assert.ok(labels.length > 0);
    await space.kubectl("delete", "pg", NAME, "--timeout=180s");
    assert.deepEqual(await backups(), []);
    assert.match(await space.kubectl("get", "pvc", "-o", "name"), new RegExp(`${NAME}-repo1`));
    await space.apply(manifest({}));
    await space.untilReady(NAME, 300_000);
    const info = await space.kubectl("exec", `${NAME}-repo-host-0`, "-c", "pgbackrest", "--", "pgbackrest", "info");
    for (const label of labels) assert.ok(!info.includes(label), info);
  });
});
