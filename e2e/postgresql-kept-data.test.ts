/**
 * The data that count are the data that lead: when a cluster shrinks while its primary is lost, and when it is made again from its volumes. Data that
 * are not whole are not started, and log that no history needs does not keep the rest from the archive.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Ledger } from "./ledger.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { clusterManifest, connectionString } from "./postgresql.ts";
import { until } from "./until.ts";

const name = "kept";

describe("a PostgreSQL cluster keeps its newest data", () => {
  let platform: Platform;
  let space: Namespace;
  before(async () => {
    platform = await startPlatform();
    space = await openNamespace(platform, "default");
    await space.apply(clusterManifest(name));
    await space.untilReady(name, 600_000);
  });
  after(async () => {
    try {
      await space?.close();
    } finally {
      await platform?.stop();
    }
  });

  const manifest = (instances: number, annotations: Readonly<Record<string, string>> = {}): string => {
    const object = JSON.parse(clusterManifest(name, { instances })) as { metadata: object };
    return JSON.stringify({ ...object, metadata: { ...object.metadata, annotations } });
  };
  const inDatabase = (pod: string, script: string): Promise<string> =>
    space.kubectl("exec", pod, "-c", "database", "--", "bash", "-ec", script);
  const theReplica = async (): Promise<string> => {
    const primary = await space.primary(name);
    return (await space.instances(name)).find((pod) => pod !== primary) ?? "";
  };
  const replicaStreams = (): Promise<true> =>
    until("the replica streams", 120_000, async () => {
      if ((await space.psql(name, "SELECT state FROM pg_stat_replication")) === "streaming") return true;
      throw new Error("it does not stream");
    });
  const rows = (): Promise<string> => space.psql(name, "SELECT count(*) FROM kept.ledger");

  test("that is scaled down while its primary is lost", async (t) => {
    await using ledger = await Ledger.start(await connectionString(space, name));
    await ledger.acknowledges(50);
    const lost = await space.primary(name);
    await Promise.all([space.kubectl("delete", "pod", lost, "--grace-period=0", "--force"), space.apply(manifest(2))]);
    await ledger.acknowledges(100);
    await until("two instances", 120_000, async () => (await space.instances(name)).length === 2);
    await space.untilReady(name);
    await ledger.acknowledges(50);
    await ledger.stop();
    await ledger.check(() => space.logs(name));
    t.diagnostic(`longest write gap ${ledger.report().longestGapMs} ms`);
  });

  test("while a replica is killed in the midst of its copy, which is made again", async () => {
    const replica = await theReplica();
    // PostgreSQL's control file is the first that goes and the last that comes.
    const half = "test -e /pgdata/pg17.copying && test ! -e /pgdata/pg17/global/pg_control";
    const reinit = "patronictl reinit kept-ha $PATRONI_NAME --force";
    await inDatabase(
      replica,
      `${reinit} & until ${half}; do sleep 0.01; done; pkill -STOP 'pgbackrest|pg_basebackup'; ${half} && wait $!`,
    );
    await space.kubectl("delete", "pod", replica, "--grace-period=0", "--force");
    await replicaStreams();
    assert.equal(await space.psqlIn(replica, "SELECT count(*) FROM kept.ledger", name), await rows());
  });

  test("while a replica has been a primary of its own on the primary's timeline, which Patroni does not see", async () => {
    const replica = await theReplica();
    await inDatabase(replica, "touch /pgdata/sleep-forever");
    await space.kubectl("delete", "pod", replica, "--grace-period=0", "--force");
    await until("the replica sleeps", 60_000, () =>
      inDatabase(replica, "test -e /pgdata/sleep-forever").then(() => true),
    );
    const server = "/usr/pgsql-17/bin/postgres --single -D $PGDATA -c archive_mode=off kept";
    const write = `rm -f $PGDATA/standby.signal $PGDATA/postmaster.pid; echo 'CREATE TABLE other_life ()' | ${server}`;
    await inDatabase(replica, `${write}; rm /pgdata/sleep-forever`);
    await replicaStreams();
    assert.equal(await space.psqlIn(replica, "SELECT to_regclass('other_life') IS NULL", name), "t");
  });

  test("and archives on, past a segment of a timeline that was left and of which the archive has another version", async () => {
    const primary = await space.primary(name);
    const history = await inDatabase(primary, "cat $(ls $PGDATA/pg_wal/*.history | tail -n 1)");
    const [, timeline = "", high = "", low = ""] =
      /(\d+)\t([0-9A-F]+)\/([0-9A-F]+)\t[^\t]*$/.exec(history.trim()) ?? [];
    const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");
    const left = hex(Number(timeline)) + hex(Number.parseInt(high, 16)) + hex(Number.parseInt(low, 16) >> 24);
    const status = `$PGDATA/pg_wal/archive_status/${left}`;
    const archived = async (segment: string): Promise<void> => {
      await until(`${segment} archived`, 60_000, () => inDatabase(primary, `test -e ${segment}.done`).then(() => true));
    };
    // With something in it: of an empty one PostgreSQL makes no end, and gives its name all the same.
    const endSegment = async (): Promise<string> => {
      const segment = await space.psql(name, "SELECT pg_walfile_name(pg_logical_emit_message(true, '', 'more'))");
      await space.psql(name, "SELECT pg_switch_wal()");
      return segment;
    };
    // As two instances have it that led one after the other: the same up to the fork, and each with a rest of its own.
    const current = await endSegment();
    await archived(`$PGDATA/pg_wal/archive_status/${current}`);
    await inDatabase(primary, `cp $PGDATA/pg_wal/${current} $PGDATA/pg_wal/${left}; touch ${status}.ready`);
    const next = await endSegment();
    await archived(`$PGDATA/pg_wal/archive_status/${next}`);
    await archived(status);
    const other = `printf other | dd of=$PGDATA/pg_wal/${left} bs=1 seek=9000000 conv=notrunc status=none`;
    await inDatabase(primary, `${other}; mv ${status}.done ${status}.ready`);
    const last = await endSegment();
    await archived(`$PGDATA/pg_wal/archive_status/${last}`);
  });

  test("and has in the archive what the primary before had not archived when it was lost", async () => {
    const primary = await space.primary(name);
    const inRepository = (command: string): Promise<string> =>
      space.kubectl(
        "exec",
        `${name}-repo-host-0`,
        "-c",
        "pgbackrest",
        "--",
        "sh",
        "-ec",
        `cd /pgbackrest/repo1; ${command}`,
      );
    const segment = await space.psql(name, "SELECT pg_walfile_name(pg_logical_emit_message(true, '', 'inherited'))");
    await space.psql(name, "SELECT pg_switch_wal()");
    const files = `archive/db/17-1/${segment.slice(0, 16)}/${segment}-* archive/db/17-1/${segment.slice(0, 8)}.history`;
    await until("the segment is archived", 60_000, () => inRepository(`ls ${files}`).then(() => true));
    await inRepository(`rm ${files}`);
    await space.kubectl("delete", "pod", primary);
    await space.untilReady(name);
    assert.notEqual(await space.primary(name), primary);
    await until("the next primary has archived it", 120_000, () => inRepository(`ls ${files}`).then(() => true));
  });

  test("that is made again from three volumes with one instance, and with the mark of a foreign restore", async () => {
    const written = await rows();
    const newest = await space.primary(name);
    await space.kubectl("delete", "pg", name, "--timeout=180s");
    const volumes = await space.kubectl(
      "get",
      "pvc",
      "-l",
      "postgres-operator.crunchydata.com/role=pgdata",
      "-o",
      "name",
    );
    assert.equal(volumes.trim().split("\n").length, 3);
    await space.apply(manifest(1, { "keelson.dev/restored": "elsewhere-0123abcd" }));
    await space.untilReady(name, 300_000);
    assert.equal(await space.primary(name), newest);
    assert.equal(await rows(), written);
    // The other volumes come back as replicas, never as an empty or an older primary.
    await space.apply(manifest(3, { "keelson.dev/restored": "elsewhere-0123abcd" }));
    await until("three instances", 180_000, async () => (await space.cluster(name)).status?.postgres?.ready === 3);
    assert.equal(await space.primary(name), newest);
    for (const pod of await space.instances(name)) {
      await until(`all rows in ${pod}`, 60_000, async () => {
        return (await space.psqlIn(pod, "SELECT count(*) FROM kept.ledger", name)) === written;
      });
      const put = await space.kubectl("exec", pod, "-c", "database", "--", "ls", "/pgdata");
      assert.doesNotMatch(put, /before-restore/);
    }
  });
});
