/** The data that count are the data that lead: when a cluster shrinks while its primary is lost, and when it is made again from its volumes. */
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
    await space?.close();
    await platform?.stop();
  });

  const manifest = (instances: number, annotations: Readonly<Record<string, string>> = {}): string => {
    const object = JSON.parse(clusterManifest(name, { instances })) as { metadata: object };
    return JSON.stringify({ ...object, metadata: { ...object.metadata, annotations } });
  };
  const rows = (): Promise<string> => space.psql(name, "SELECT count(*) FROM kept.ledger");

  test("that is scaled down while its primary is lost", async (t) => {
    const ledger = await Ledger.start(await connectionString(space, name));
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
