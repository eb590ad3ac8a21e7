import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Deployment, Live } from "@keelson/kube";
import type { PerconaPGBackup, PerconaPGRestore } from "@keelson/resources";
import { catalogue, clusterResource, live, type Member, NOW, type Scene, viewOf } from "../testing/fixtures.ts";
import { desiredObjects } from "./desired.ts";
import { normalize } from "./normalize.ts";
import { planInstances } from "./plan-instances.ts";
import { pauseWaitsFor } from "./plan-pause.ts";

const backup = (state: string, deletionTimestamp?: string): Live<PerconaPGBackup> =>
  live({
    metadata: { name: "nightly", ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) },
    spec: { pgCluster: "orders", repoName: "repo1" },
    status: { state },
  } as PerconaPGBackup);

/** What runs of a cluster with `spec.pause: true`, and what it says that it waits for. */
function paused(scene: Scene, pause = true): { instances: string[]; poolers: number | undefined; waits?: string } {
  const cr = clusterResource({ pause });
  const view = viewOf({ ...scene, cr });
  const c = normalize(cr, catalogue).cluster;
  const plan = planInstances(c, view);
  const pooler = desiredObjects(c, view, plan).workloads.find(({ kind }) => kind === "Deployment") as Deployment;
  const waits = pauseWaitsFor(c, view);
  return {
    instances: plan.wanted.filter((w) => w.running).map((w) => w.name),
    poolers: pooler.spec?.replicas,
    ...(waits === undefined ? {} : { waits }),
  };
}

const stopping = { instances: ["orders-i-aaaa"], poolers: 0 };

describe("a pause", () => {
  test("waits for a backup that has its turn, and says so", () => {
    for (const state of ["Starting", "Running"]) {
      const { waits, ...runs } = paused({ backups: [backup(state)] });
      assert.deepEqual(runs, { instances: ["orders-i-aaaa", "orders-i-bbbb", "orders-i-cccc"], poolers: 1 });
      assert.match(waits ?? "", /^backup nightly to end before the cluster stops\. To stop it now, delete/);
    }
    assert.equal(paused({ backups: [backup("Running")] }, false).waits, undefined, "nobody wants a pause");
  });

  test("begins when no backup runs: one that waits goes on waiting, one that is deleted ends", () => {
    assert.deepEqual(paused({}), stopping);
    for (const state of ["", "Succeeded", "Failed"]) assert.deepEqual(paused({ backups: [backup(state)] }), stopping);
    assert.deepEqual(paused({ backups: [backup("Running", new Date(NOW).toISOString())] }), stopping);
  });

  test("that waits starts nothing either, not even for a backup that was left running by a cluster that has stopped", () => {
    const stopped = { pod: false, replicas: 0 };
    const half: Member[] = [
      { name: "orders-i-aaaa", role: "primary" },
      { name: "orders-i-bbbb", ...stopped },
      { name: "orders-i-cccc", ...stopped },
    ];
    assert.deepEqual(paused({ members: half, backups: [backup("Running")] }).instances, ["orders-i-aaaa"]);
    const all = half.map((member) => ({ ...member, ...stopped }));
    assert.deepEqual(paused({ members: all, backups: [backup("Running")] }), { instances: [], poolers: 0 });
  });

  test("of a cluster that is restored waits for no backup", () => {
    const restore = live({
      metadata: { name: "r", annotations: { "keelson.dev/instance": "orders-i-aaaa" } },
      spec: { pgCluster: "orders" },
      status: { state: "Starting" },
    }) as unknown as Live<PerconaPGRestore>;
    assert.deepEqual(paused({ restores: [restore], backups: [backup("Running")] }), stopping);
  });
});
