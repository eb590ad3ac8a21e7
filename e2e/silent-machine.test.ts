/**
 * A machine falls silent with the primary on it: nothing tells that the primary has ended, so its lock has to run out. When the machine is
 * back, what was the primary there takes no write any more.
 */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { test } from "node:test";
import { isRunning, layoutOf, processIdentity } from "@keelson/embedded/cluster";
import { cgroupProcesses } from "../packages/embedded/node/runtime/cgroups.ts";
import { Ledger } from "./ledger.ts";
import { openNamespace } from "./namespace.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { clusterManifest, connectionString } from "./postgresql.ts";
import { until } from "./until.ts";
import { Writers } from "./writers.ts";

const name = "silent";
/** Not the first one: the host's connections go through that. */
const SILENT = "node-2";

const onNode = (node: string): object => {
  const here = { key: "kubernetes.io/hostname", operator: "In", values: [node] };
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [here] }] },
    },
  };
};

/** The node's own program, and everything in its pods. */
async function processesOf(platform: Platform, node: string) {
  const { pid = 0 } = await platform.part(node);
  const cluster = basename(layoutOf(platform.data).run);
  const pids = [pid, ...(await cgroupProcesses(`/${cluster}/${node}`))];
  return pids.map(processIdentity).filter((process) => process !== undefined);
}

test("a silent machine loses the lock when that runs out, and takes no write when it is back", async (t) => {
  await using platform = await startPlatform({ nodes: 3 });
  const space = await openNamespace(platform, "default");
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  const matchLabels = { "postgres-operator.crunchydata.com/data": "postgres" };
  const apart = [{ topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels } }];
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: apart } };
  const instances = [{ name: "instance1", replicas: 3, dataVolumeClaimSpec: claim, affinity }];
  // The archive falls silent too: whoever takes over must not wait for its answers.
  const repoHost = { affinity: onNode(SILENT) };
  const pgbackrest = { repoHost, repos: [{ name: "repo1", volume: { volumeClaimSpec: claim } }] };
  await space.apply(clusterManifest(name, { spec: { instances, backups: { pgbackrest } } }));
  await space.untilReady(name, 600_000);
  const nodeOf = (pod: string): Promise<string> => space.kubectl("get", "pod", pod, "-o", "jsonpath={.spec.nodeName}");

  const pods = await space.instances(name);
  const nodes = await Promise.all(pods.map(nodeOf));
  const lost = pods[nodes.indexOf(SILENT)] ?? "";
  if ((await space.primary(name)) !== lost) {
    const switchover = { enabled: true, targetInstance: lost.replace(/-0$/, "") };
    await space.patch(name, { patroni: { switchover } });
    await space.kubectl("annotate", "pg", name, "pgv2.percona.com/trigger-switchover=there");
    await until("a primary on that machine", 150_000, async () => (await space.primary(name)) === lost);
    await space.untilReady(name);
  }
  await using ledger = await Ledger.start(await connectionString(space, name));
  await using writers = await Writers.start(space, name);
  await ledger.acknowledges(100);

  const available = async (): Promise<string> =>
    (await space.cluster(name)).status?.conditions?.find(({ type }) => type === "Available")?.status ?? "";
  const silent = await processesOf(platform, SILENT);
  assert.ok(silent.length > 10, `${silent.length} processes`);
  ledger.resetGap();
  try {
    for (const each of silent) if (isRunning(each)) process.kill(each.pid, "SIGSTOP");
    const lockHolder = (): Promise<string> =>
      space.kubectl("get", "endpoints", `${name}-ha`, "-o", "jsonpath={.metadata.annotations.leader}");
    await until("another instance leads", 90_000, async () => !["", lost].includes(await lockHolder()));
    await ledger.acknowledges(200);
    await until("it is said to be available again", 30_000, async () => (await available()) === "True");
  } finally {
    for (const each of silent) if (isRunning(each)) process.kill(each.pid, "SIGCONT");
  }
  // Its own Patroni takes its label away.
  await until("one primary, another one", 60_000, async () => (await space.primary(name)) !== lost);
  await space.untilReady(name, 300_000);
  await ledger.acknowledges(200);
  await ledger.stop();
  await writers.stop();
  t.diagnostic(
    `longest write gap ${ledger.report().longestGapMs} ms, ${writers.check()} commits asked of single instances`,
  );
  await ledger.check(() => space.logs(name));
  assert.ok(ledger.report().longestGapMs > 5_000, "the lock ran out, nobody told");
  assert.ok(ledger.report().longestGapMs < 120_000);
});
