import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConfigMap, type KubeObject, type Live, silentLogger } from "@keelson/kube";
import type { ClusterDeps } from "../cluster/controller.ts";
import { annotation } from "../cluster/labels.ts";
import { appliedMarks } from "../cluster/view.ts";
import { catalogue, clusterResource, live, NOW, viewOf } from "../testing/fixtures.ts";
import { reconcileInside } from "./controller.ts";

const FAILING = "CREATE TABLE a (); SELECT wrong";

/** A cluster whose init SQL fails, and the controller's passes over it. */
class FailingCluster {
  now = NOW;
  tries = 0;
  /** Name of the ConfigMap. */
  asked = "init";
  annotations: Record<string, string> = {};
  /** ConfigMaps of the operator's, by name. */
  readonly kept = new Map<string, Live<ConfigMap>>();
  /** What was noted as the error, at each write. */
  readonly told: (string | undefined)[] = [];

  get resource() {
    const spec = { proxy: undefined, users: [], databaseInitSQL: { name: this.asked, key: "sql" } };
    return clusterResource(spec as never, { annotations: this.annotations });
  }

  get marks() {
    return appliedMarks(this.resource);
  }

  async pass(): Promise<{ requeueAfterMs?: number }> {
    const client = {
      get: async (_kind: unknown, { name }: { name: string }) => this.kept.get(name) ?? { data: { sql: FAILING } },
      apply: async (_kind: unknown, map: ConfigMap) => void this.kept.set(map.metadata?.name ?? "", live(map)),
      exec: async ({ stdin }: { stdin: string }) => {
        if (stdin !== FAILING) return { exitCode: 0, stdout: "", stderr: "" };
        this.tries++;
        return { exitCode: 3, stdout: "", stderr: "psql:<stdin>:1: ERROR:  no column wrong" };
      },
      patch: async (_kind: unknown, _at: unknown, { body }: { body: Pick<KubeObject, "metadata"> }) => {
        this.annotations = { ...this.annotations, ...body.metadata?.annotations };
        this.told.push(this.marks["initSqlError"]);
      },
    };
    const world = {
      view: () => ({ ...viewOf({ cr: this.resource }), configMaps: this.kept, now: this.now }),
      clusters: { get: () => this.resource },
      locate: () => ({ kind: {} }),
    };
    const events = { record: () => undefined };
    const deps = { client, world, events, catalogue, now: () => this.now } as unknown as ClusterDeps;
    const context = { log: silentLogger, failures: 0 };
    return await reconcileInside("prod/orders", new AbortController().signal, context, deps);
  }
}

test("init SQL that fails is left alone for half a minute, whatever else happens, and is tried again then", async () => {
  const cluster = new FailingCluster();
  assert.equal((await cluster.pass()).requeueAfterMs, 30_000);
  for (let n = 0; n < 3; n++) {
    cluster.now += 5_000;
    assert.equal((await cluster.pass()).requeueAfterMs, 25_000 - n * 5_000);
  }
  assert.equal(cluster.tries, 1);
  cluster.now += 15_000;
  await cluster.pass();
  assert.equal(cluster.tries, 2);
});

test("from one failing try to the next the same is told", async () => {
  const cluster = new FailingCluster();
  await cluster.pass();
  assert.match(cluster.marks["initSqlError"] ?? "", /no column wrong.*every 30 seconds/);
  cluster.told.length = 0;
  cluster.now += 30_000;
  await cluster.pass();
  assert.deepEqual([...new Set(cluster.told)], [cluster.marks["initSqlError"]]);
});

test("other SQL does not wait for what has failed", async () => {
  const cluster = new FailingCluster();
  await cluster.pass();
  cluster.asked = "other";
  await cluster.pass();
  assert.equal(cluster.tries, 2);
});

test("a retry of which the operator did not see the end is not run again, and that is told", async () => {
  const cluster = new FailingCluster();
  await cluster.pass();
  const started = { ...cluster.marks, initSqlStarted: "init/sql" };
  cluster.annotations = { [annotation.applied]: JSON.stringify(started) };
  for (const map of cluster.kept.values()) Object.assign(map.data ?? {}, { initSqlStarted: "init/sql" });
  cluster.now += 30_000;
  for (let n = 0; n < 2; n++) await cluster.pass();
  assert.equal(cluster.tries, 1);
  assert.match(cluster.marks["initSqlError"] ?? "", /nobody has seen its end/);
  assert.equal(cluster.marks["initSqlStarted"], "init/sql");
});
