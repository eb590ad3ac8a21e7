/**
 * F52: the operator is killed before each of its writes in the life of one cluster, with real databases: create, backup, scale up,
 * switchover, scale down, restore in place, delete. In one pass: the write that an operator attempts is not sent, and the operator has
 * ended; the next one gets this write through and dies before another. Each step ends as it would have without that, and nothing is done twice.
 *
 * Writes are all requests to the Kubernetes API but reads and Events, the status among them, and each command in a pod: what it does
 * cannot be seen from outside. What an operator does once more because the one before died after it (same place, same content) is let
 * through, and so is what is written in one place (method and path, pod and command) after a dozen deaths there in one step: new
 * passwords, times and positions make each try another one. The test tells where that was.
 *
 * `packages/postgresql/test/crash*.api.test.ts` kill it once only, before each single write, with simulated databases.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import { Ledger } from "./ledger.ts";
import { MortalOperators } from "./mortal-operators.ts";
import { type Namespace, openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { clusterManifest, connectionString } from "./postgresql.ts";
import { until } from "./until.ts";

const NAME = "killed";
const prefix = "postgres-operator.crunchydata.com";

interface Backup {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly state?: string; readonly backupName?: string };
}

describe("an operator that is killed before each of its writes, with real databases", () => {
  let platform: Platform;
  let space: Namespace;
  let operators: MortalOperators;
  let ledger: Ledger;
  /** One step begins where the other ended. */
  let failed = false;

  before(async () => {
    platform = await startPlatform();
    await standBy(platform);
    space = await openNamespace(platform, "killed");
    operators = await MortalOperators.start(join(platform.data, "pki/operator.kubeconfig"));
  });
  after(async () => {
    try {
      await ledger?.stop();
      await operators?.stop();
    } finally {
      await platform?.stop();
    }
  });

  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await space.kubectl(...args, "-o", "json")) as T;
  const backups = async (): Promise<readonly Backup[]> => (await json<{ items: Backup[] }>("get", "pg-backup")).items;

  /** What is in the repository, whatever the resources say. */
  async function inRepository(): Promise<string[]> {
    const command = ["pgbackrest", "--stanza=db", "info", "--output=json"];
    const info = await space.kubectl("exec", `${NAME}-repo-host-0`, "-c", "pgbackrest", "--", ...command);
    const [stanza] = JSON.parse(info) as { backup: { label: string }[] }[];
    return (stanza?.backup ?? []).map(({ label }) => label).sort();
  }

  /** All backups have succeeded, each is one in the repository, and there are no others. */
  async function backupsAre(count: number): Promise<void> {
    const found = await until(`${count} backups`, 300_000, async () => {
      const all = await backups();
      const states = all.map(({ status }) => status?.state);
      if (all.length >= count && states.every((state) => state === "Succeeded")) return all;
      throw new Error(JSON.stringify(states));
    });
    assert.equal(found.length, count);
    assert.deepEqual(found.map(({ status }) => status?.backupName ?? "").sort(), await inRepository());
  }

  const transitions = async (): Promise<number> => {
    const { metadata } = await json<{ metadata: { annotations: Record<string, string> } }>(
      "get",
      "endpoints",
      `${NAME}-ha`,
    );
    return Number(metadata.annotations["transitions"]);
  };
  const timeline = async (): Promise<number> =>
    Number(await space.psql(NAME, "SELECT timeline_id FROM pg_control_checkpoint()"));

  /** So many instances, all ready, one of them the primary, from which all others stream; and backups can be made. */
  async function whole(instances: number): Promise<void> {
    await until(`${instances} instances`, 180_000, async () => {
      const { status } = await space.untilReady(NAME);
      const ready = status?.conditions?.find(({ type }) => type === "ReadyForBackup")?.status;
      return status?.postgres?.ready === instances && ready === "True";
    });
    await until("no other instance", 60_000, async () => (await space.instances(NAME)).length === instances);
    await space.primary(NAME);
    await until("the replicas stream", 60_000, async () => {
      const streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
      return (await space.psql(NAME, streaming)) === String(instances - 1);
    });
  }

  /** What a user does, and what must come of it. No row that was acknowledged before or meanwhile is lost. */
  async function step(t: TestContext, rows: Ledger | undefined, run: () => Promise<void>): Promise<void> {
    assert.ok(!failed, "an earlier step did not come to its end");
    failed = true;
    rows?.resetGap();
    const started = performance.now();
    try {
      await run();
      await rows?.check(() => space.logs(NAME));
    } catch (error) {
      t.diagnostic(`the newest operators died before:\n${operators.last().join("\n")}`);
      throw error;
    }
    const { deaths, writes, spared } = operators.report();
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    t.diagnostic(`${deaths} deaths in ${seconds} s, in which ${writes} writes and commands got through`);
    if (spared.length > 0) t.diagnostic(`not each time: ${spared.join("; ")}`);
    const gapMs = rows?.report().longestGapMs ?? 0;
    if (gapMs > 0) t.diagnostic(`longest write gap ${gapMs} ms`);
    assert.ok(deaths > 0, "no operator died");
    failed = false;
  }

  const ask = (kind: string, name: string, spec: object): Promise<string> =>
    space.apply(
      JSON.stringify({
        apiVersion: "pgv2.percona.com/v2",
        kind,
        metadata: { name },
        spec: { pgCluster: NAME, repoName: "repo1", ...spec },
      }),
    );
  const scale = async (replicas: number): Promise<void> => {
    const [first] = (await space.cluster(NAME)).spec.instances;
    await space.patch(NAME, { instances: [{ ...first, replicas }] });
  };

  test("create", async (t) => {
    await step(t, undefined, async () => {
      const finalizers = ["percona.com/delete-pvc", "percona.com/delete-ssl", "percona.com/delete-backups"];
      const object = JSON.parse(clusterManifest(NAME, { instances: 2, poolers: 0 })) as object;
      await space.apply(JSON.stringify({ ...object, metadata: { name: NAME, finalizers } }));
      await whole(2);
      await backupsAre(1);
    });
    ledger = await Ledger.start(await connectionString(space, NAME));
  });

  test("backup", async (t) => {
    await step(t, ledger, async () => {
      await ask("PerconaPGBackup", "asked", {});
      await backupsAre(2);
      await whole(2);
    });
  });

  test("scale up", async (t) => {
    await step(t, ledger, async () => {
      await scale(3);
      await whole(3);
    });
  });

  test("switchover", async (t) => {
    await step(t, ledger, async () => {
      const [primary, instances, before] = [
        await space.primary(NAME),
        await space.instances(NAME),
        await transitions(),
      ];
      const target = instances.findLast((pod) => pod !== primary) ?? "";
      const switchover = { enabled: true, targetInstance: target.replace(/-0$/, "") };
      await space.patch(NAME, { patroni: { switchover } });
      await space.kubectl("annotate", "pg", NAME, "pgv2.percona.com/trigger-switchover=one");
      await until("the switchover", 150_000, async () => {
        const path = "jsonpath={.status.patroni.status.switchover}";
        return (await space.kubectl("get", "pg", NAME, "-o", path)) === "one";
      });
      await whole(3);
      assert.equal(await space.primary(NAME), target);
      assert.equal(await transitions(), before + 1, "the primary moved once");
    });
  });

  test("scale down", async (t) => {
    await step(t, ledger, async () => {
      await scale(2);
      await whole(2);
    });
  });

  test("restore in place", async (t) => {
    await step(t, ledger, async () => {
      await ledger.acknowledges(50);
      await ledger.stop();
      const [moment, before] = [await space.psql(NAME, "SELECT clock_timestamp()"), await timeline()];
      await ledger.dropTable();
      await space.psql(NAME, "SELECT pg_switch_wal()");
      await ask("PerconaPGRestore", "back", { options: ["--type=time", `--target=${moment}`] });
      await until("the restore", 180_000, async () => {
        const state = await space.kubectl("get", "pg-restore", "back", "-o", "jsonpath={.status.state}");
        assert.notEqual(state, "Failed");
        return state === "Succeeded";
      });
      await whole(2);
      // One by the Job that restores, one by Patroni, which takes the data over.
      assert.equal(await timeline(), before + 2, "it was restored once");
      await backupsAre(3);
    });
  });

  test("delete", async (t) => {
    await step(t, undefined, async () => {
      await space.kubectl("delete", "pg", NAME, "--timeout=120s");
      assert.deepEqual(await backups(), []);
      const kinds = "sts,deploy,pod,pvc,secret,cm,svc,endpoints,job,sa,role,rolebinding,pdb,lease";
      await until("nothing is left", 60_000, async () => {
        const left = await space.kubectl("get", kinds, "-l", `${prefix}/cluster=${NAME}`, "-o", "name");
        if (left.trim() === "") return true;
        throw new Error(left);
      });
    });
  });
});

/** The platform's own operator waits as a second one would: the Lease is another's for longer than this file runs. */
async function standBy(platform: Platform): Promise<void> {
  const lease = ["-n", "kube-system", "patch", "lease", "keelson-operator", "--type=merge", "-p"];
  const spec = { holderIdentity: "operator-killed.test.ts", leaseDurationSeconds: 3_600 };
  const { pid } = await until("an operator", 30_000, () => platform.part("operator"));
  await until("the lead", 30_000, () => platform.kubectl([...lease, JSON.stringify({ spec })]));
  // Who has lost the lead ends and is started anew.
  await until("the operator has lost the lead", 30_000, async () => (await platform.part("operator")).pid !== pid);
}
