import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type ConfigMap,
  ConnectionError,
  type Endpoints,
  type KubeObject,
  type Live,
  silentLogger,
} from "@keelson/kube";
import type { ClusterDeps } from "../cluster/controller.ts";
import { annotation } from "../cluster/labels.ts";
import { catalogue, clusterResource, live, NOW, viewOf } from "../testing/fixtures.ts";
import { reconcileInside } from "./controller.ts";

const SQL = "INSERT INTO ledger VALUES (1)";
const RECORD = "orders-init-sql-record";

/** A cluster with init SQL, and the controller's passes over it. */
class Stage {
  runs = 0;
  uid = "c0ffee00-0000";
  /** PostgreSQL's identifier of the data. */
  database = "7400";
  annotations: Record<string, string> = {};
  readonly configMaps = new Map<string, Live<ConfigMap>>();
  /** Whether psql ends. */
  ends = true;

  get resource() {
    const spec = { proxy: undefined, users: [], databaseInitSQL: { name: "init", key: "sql" } };
    return clusterResource(spec as never, { annotations: this.annotations, uid: this.uid });
  }

  get record(): Readonly<Record<string, string>> | undefined {
    return this.configMaps.get(RECORD)?.data;
  }

  /** Gives how often the SQL has run so far. */
  async pass(): Promise<number> {
    const client = {
      get: async (_kind: unknown, { name }: { name: string }) =>
        name === "init" ? { data: { sql: SQL } } : this.configMaps.get(name),
      apply: async (_kind: unknown, map: ConfigMap) => void this.configMaps.set(map.metadata?.name ?? "", live(map)),
      exec: async ({ stdin }: { stdin: string }) => {
        if (stdin !== SQL) return { exitCode: 0, stdout: "", stderr: "" };
        assert.equal(this.record?.["initSqlStarted"], "init/sql", "noted before it runs");
        this.runs++;
        if (!this.ends) throw new ConnectionError("cut off", { code: "ECONNRESET", unsent: false });
        return { exitCode: 0, stdout: "", stderr: "" };
      },
      patch: async (_kind: unknown, _at: unknown, { body }: { body: Pick<KubeObject, "metadata"> }) => {
        this.annotations = { ...this.annotations, ...body.metadata?.annotations };
      },
    };
    const cr = this.resource;
    const world = {
      view: () => {
        const view = viewOf({ cr });
        const metadata = { name: "orders-ha-config", annotations: { config: "{}", initialize: this.database } };
        const endpoints = new Map(view.endpoints).set("orders-ha-config", live({ metadata } as Endpoints));
        return { ...view, endpoints, configMaps: new Map(this.configMaps) };
      },
      clusters: { get: () => this.resource },
      locate: () => ({ kind: {} }),
    };
    const deps = { client, world, events: { record: () => undefined }, catalogue, now: () => NOW };
    const context = { log: silentLogger, failures: 0 };
    await reconcileInside("prod/orders", new AbortController().signal, context, deps as unknown as ClusterDeps);
    return this.runs;
  }
}

/** As an operator left it that kept no record. */
const DONE_BEFORE = { [annotation.applied]: JSON.stringify({ initSql: "init" }) };

describe("after `kubectl replace`, which drops the annotations, init SQL is not run again", () => {
  test("where it has run", async () => {
    const stage = new Stage();
    assert.equal(await stage.pass(), 1);
    assert.deepEqual(stage.record, { initSql: "init", cluster: stage.uid, systemIdentifier: stage.database });
    stage.annotations = {};
    assert.equal(await stage.pass(), 1);
  });

  test("where nobody has seen its end", async () => {
    const stage = new Stage();
    stage.ends = false;
    assert.equal(await stage.pass(), 1);
    stage.annotations = {};
    assert.equal(await stage.pass(), 1);
  });

  test("where an earlier operator has run it", async () => {
    const stage = new Stage();
    stage.annotations = DONE_BEFORE;
    assert.equal(await stage.pass(), 0);
    stage.annotations = {};
    assert.equal(await stage.pass(), 0);
  });

  test("where annotations of old come back with it", async () => {
    const stage = new Stage();
    await stage.pass();
    stage.annotations = { [annotation.applied]: JSON.stringify({ initSqlError: "not there", cluster: stage.uid }) };
    assert.equal(await stage.pass(), 1);
  });
});

describe("a cluster that takes over the data of a deleted one does not run init SQL", () => {
  test("that has run", async () => {
    const stage = new Stage();
    await stage.pass();
    assert.deepEqual(stage.configMaps.get(RECORD)?.metadata.ownerReferences, undefined, "Kubernetes would remove it");
    // `kubectl get -o yaml`, delete, create: the annotations come back with it.
    for (const uid of ["second", "third"]) {
      stage.uid = uid;
      assert.equal(await stage.pass(), 1);
      assert.equal(stage.record?.["cluster"], uid);
    }
  });

  test("of which nobody has seen the end", async () => {
    const stage = new Stage();
    stage.ends = false;
    await stage.pass();
    Object.assign(stage, { uid: "another", annotations: {} });
    assert.equal(await stage.pass(), 1);
  });

  test("of which an earlier operator kept the record with the cluster", async () => {
    const stage = new Stage();
    const owner = { apiVersion: "v2", kind: "PerconaPGCluster", name: "orders", uid: stage.uid };
    const metadata = { name: RECORD, ownerReferences: [owner] };
    stage.configMaps.set(RECORD, live({ metadata, data: { initSql: "init" } } as ConfigMap));
    assert.equal(await stage.pass(), 0);
    Object.assign(stage, { uid: "another", annotations: {} });
    assert.equal(await stage.pass(), 0);
  });
});

describe("another cluster runs its init SQL", () => {
  test("that is made from a copy of the manifest, with all its annotations", async () => {
    for (const annotations of [{}, DONE_BEFORE]) {
      const stage = new Stage();
      stage.annotations = annotations;
      const before = await stage.pass();
      Object.assign(stage, { uid: "another", database: "7500" });
      stage.configMaps.clear();
      assert.equal(await stage.pass(), before + 1);
    }
  });

  test("that has the name of an earlier one", async () => {
    const stage = new Stage();
    await stage.pass();
    Object.assign(stage, { uid: "another", database: "7500", annotations: {} });
    assert.equal(await stage.pass(), 2);
    assert.equal(await stage.pass(), 2);
  });
});
