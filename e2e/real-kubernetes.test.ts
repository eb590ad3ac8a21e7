/** The scenarios of PostgreSQL on a real Kubernetes: what differs from the embedded cluster is a failure of ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ledger } from "./ledger.ts";
import { openNamespace } from "./namespace.ts";
import { clusterManifest, connectionString } from "./postgresql.ts";
import { type RealKubernetes, realKubernetesMissing, startRealKubernetes } from "./real-kubernetes.ts";
import { until } from "./until.ts";

const name = "real";
const ofCluster = `postgres-operator.crunchydata.com/cluster=${name}`;
const skip = realKubernetesMissing();

test("three nodes of a real Kubernetes: primary lost, backup, table dropped, restored to the moment before, deleted", {
  skip,
}, async (t) => {
  const kubernetes = await startRealKubernetes(t, 3);
  const space = await openNamespace(kubernetes, "default");
  const started = performance.now();
  const diagnose = (what: string): void =>
    t.diagnostic(`${what} ${Math.round(performance.now() - started)} ms after the manifest`);
  await kubernetes.kubectl(["apply", "-f", "-"], clusterManifest(name));
  const ready = await space.untilReady(name, 300_000);
  diagnose("ready");
  assert.equal(ready.status?.postgres?.ready, 3);
  assert.equal(await nodesOfInstances(kubernetes), 3, "the instances are on nodes of their own");

  await kubernetes.balance(`${name}-ha`, 5432);
  const address = await connectionString(space, name);
  await using ledger = await Ledger.start(address);
  await ledger.acknowledges(100);

  const lost = await space.primary(name);
  const uidOf = (pod: string): Promise<string> =>
    kubernetes.kubectl(["get", "pod", pod, "-o", "jsonpath={.metadata.uid}"]);
  const uid = await uidOf(lost);
  ledger.resetGap();
  await kubernetes.kubectl(["delete", "pod", lost, "--grace-period=0", "--force"]);
  // The kubelet gives the processes two seconds more, in which the old primary may still acknowledge.
  await until(
    "a primary that is not the lost pod",
    60_000,
    async () => (await uidOf(await space.primary(name))) !== uid,
  );
  await ledger.acknowledges(200);
  const { longestGapMs } = ledger.report();
  t.diagnostic(`write gap after the loss of the primary: ${longestGapMs} ms`);
  assert.ok(longestGapMs < 60_000, `no write for ${longestGapMs} ms`);
  await ledger.check(() => space.logs(name));
  await space.untilReady(name, 300_000);
  diagnose("whole again");

  await kubernetes.kubectl(["apply", "-f", "-"], resource("PerconaPGBackup", "once", { options: ["--type=full"] }));
  await succeeds(kubernetes, "pg-backup", "once");
  diagnose("backed up");
  await ledger.acknowledges(100);
  const report = await ledger.stop();

  const moment = await space.psql(name, "SELECT clock_timestamp()");
  await ledger.dropTable();
  await space.psql(name, "SELECT pg_switch_wal()");
  const options = ["--type=time", `--target="${moment}"`];
  await kubernetes.kubectl(["apply", "-f", "-"], resource("PerconaPGRestore", "back", { options }));
  await succeeds(kubernetes, "pg-restore", "back");
  await space.untilReady(name, 300_000);
  await ledger.check(() => space.logs(name));
  diagnose("restored");
  t.diagnostic(`${report.acknowledged} acknowledged rows, none lost`);

  const finalizers = ["percona.com/delete-pvc", "percona.com/delete-ssl"];
  const patch = JSON.stringify({ metadata: { finalizers } });
  await kubernetes.kubectl(["patch", "pg", name, "--type=merge", "-p", patch]);
  await kubernetes.kubectl(["delete", "pg", name, "--timeout=120s"]);
  await until("nothing of the cluster is left", 120_000, async () => {
    const kinds = "pods,jobs,statefulsets,deployments,services,endpoints,configmaps,secrets,persistentvolumeclaims";
    const left = await kubernetes.kubectl(["get", kinds, "-l", ofCluster, "-o", "name"]);
    if (left === "") return true;
    throw new Error(left);
  });
  diagnose("gone");
});

function resource(kind: string, resourceName: string, spec: object): string {
  return JSON.stringify({
    apiVersion: "pgv2.percona.com/v2",
    kind,
    metadata: { name: resourceName, namespace: "default" },
    spec: { pgCluster: name, repoName: "repo1", ...spec },
  });
}

async function succeeds(kubernetes: RealKubernetes, kind: string, resourceName: string): Promise<void> {
  await until(`${kind} ${resourceName}`, 300_000, async () => {
    const status = await kubernetes.kubectl(["get", kind, resourceName, "-o", "jsonpath={.status}"]);
    const { state } = JSON.parse(status) as { state?: string };
    if (state === "Succeeded") return true;
    throw new Error(status);
  });
}

async function nodesOfInstances(kubernetes: RealKubernetes): Promise<number> {
  const selector = `${ofCluster},postgres-operator.crunchydata.com/data=postgres`;
  const names = await kubernetes.kubectl(["get", "pods", "-l", selector, "-o", "jsonpath={.items[*].spec.nodeName}"]);
  return new Set(names.split(" ")).size;
}
