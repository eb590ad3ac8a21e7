/**
 * F52: the operator is killed before each single write of create, scale, switchover, backup, restore and delete; a new one brings every
 * cluster to the same end. Every write is a case of its own: one namespace for each, all at the same time, on our API server with
 * simulated nodes and databases.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { type Credentials, type Kind, kinds, type Live, loadCredentials } from "@keelson/kube";
import { until } from "@keelson/kube/testing";
import {
  type PerconaPGBackup,
  type PerconaPGCluster,
  type PerconaPGRestore,
  perconaPGBackups,
  perconaPGClusters,
  perconaPGRestores,
} from "@keelson/resources";
import { parse } from "yaml";
import { type Stage, startStage } from "../../embedded/controllers/testing/stage.ts";
import { label } from "../src/cluster/labels.ts";
import { SimulatedDatabases } from "../src/testing/simulated-databases.ts";
import { type OperatorUnderTest, startOperator } from "./operator-under-test.ts";

const clusterKind = perconaPGClusters as Kind<PerconaPGCluster>;
const backupKind = perconaPGBackups as Kind<PerconaPGBackup>;
const restoreKind = perconaPGRestores as Kind<PerconaPGRestore>;
const NAME = "db";
/** Clusters at a time: enough to be quick, few enough for two processors. */
const BATCH = 12;
/** Machines that run other things beside are slow; a failing wait is a failing test, not a slow one. */
const PATIENCE_MS = 240_000;

const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

const manifest = (namespace: string, finalizers: string[] = []): PerconaPGCluster =>
  ({
    metadata: { namespace, name: NAME, finalizers },
    spec: {
      postgresVersion: 17,
      instances: [{ name: "i", replicas: 2, dataVolumeClaimSpec: claim }],
      patroni: { switchover: { enabled: true } },
      backups: { pgbackrest: { repos: [{ name: "repo1", volume: { volumeClaimSpec: claim } }] } },
    },
  }) as unknown as PerconaPGCluster;

describe("an operator that is killed before each write", { timeout: 1_800_000 }, () => {
  let stage: Stage;
  let databases: SimulatedDatabases;
  let credentials: Credentials;

  before(async () => {
    stage = await startStage({ real: false, nodes: 1 });
    credentials = await loadCredentials({ kubeconfig: stage.api.kubeconfig });
    const folder = new URL("../../../deploy/crds/", import.meta.url);
    for (const file of readdirSync(folder)) {
      const crd = parse(readFileSync(new URL(file, folder), "utf8")) as object;
      await stage.client.create(kinds.CustomResourceDefinition, crd as never);
    }
    databases = new SimulatedDatabases(stage.client);
    await until(
      "the kinds are served",
      async () => (await stage.client.list(restoreKind).catch(() => undefined)) !== undefined,
    );
    await databases.start();
  });
  after(async () => {
    databases?.stop();
    await stage?.stop();
  });

  const operator = (): Promise<OperatorUnderTest> => startOperator(credentials, databases);
  const cluster = (namespace: string): Promise<Live<PerconaPGCluster> | undefined> =>
    stage.client.get(clusterKind, { namespace, name: NAME });

  async function ready(namespace: string, instances: number): Promise<void> {
    let last: unknown;
    try {
      await until(
        `cluster in ${namespace}`,
        async () => {
          const found = await cluster(namespace);
          last = found?.status;
          const backups = (await stage.client.list(backupKind, { namespace })).items;
          const status = found?.status;
          return (
            status?.state === "ready" &&
            status.postgres?.ready === instances &&
            status.conditions?.some((c) => c.type === "ReadyForBackup" && c.status === "True") === true &&
            backups.every((b) => b.status?.state === "Succeeded")
          );
        },
        { timeoutMs: PATIENCE_MS, everyMs: 100 },
      );
    } catch (error) {
      throw new Error(`${namespace} is not ready: ${JSON.stringify(last)}`, { cause: error });
    }
  }

  /** Everything of a cluster by kind and name, without what is random. */
  async function inventory(namespace: string): Promise<string[]> {
    const found: string[] = [];
    for (const kind of [
      kinds.StatefulSet,
      kinds.Service,
      kinds.Secret,
      kinds.ConfigMap,
      kinds.PersistentVolumeClaim,
      kinds.Job,
      kinds.PodDisruptionBudget,
    ] as Kind[]) {
      const { items } = await stage.client.list(kind, { namespace, labelSelector: label.cluster });
      found.push(
        ...items.map(
          (o) =>
            `${kind.kind} ${o.metadata.name.replace(/-i-[a-z0-9]{4}/, "-i-xxxx").replace(/-backup-[a-z0-9]+$/, "-backup-xxxx")}`,
        ),
      );
    }
    const backups = (await stage.client.list(backupKind, { namespace })).items.map(
      (b) => `Backup ${b.metadata.name.replace(/-[a-z0-9]{5}$/, "-xxxxx")} ${b.status?.state}`,
    );
    return [...found, ...backups].sort();
  }

  interface Flow {
    /** Brings the namespace to the point from which the flow starts; a whole operator runs. */
    readonly prepare?: (namespace: string) => Promise<void>;
    /** What a user does. */
    readonly start: (namespace: string) => Promise<void>;
    /** Resolves when a healthy operator has brought the flow to its end. */
    readonly end: (namespace: string) => Promise<void>;
    /** Properties of the end, beside being the same for all. */
    readonly check?: (namespace: string) => Promise<void>;
  }

  /** Long tests say how far they are when asked to. */
  const progress = (text: string): void => {
    if (process.env["KEELSON_TEST_PROGRESS"] !== undefined)
      process.stderr.write(`${new Date().toISOString()} ${text}\n`);
  };

  /** `KEELSON_TEST_POINTS=13,14` looks at these only: to find out about one. */
  const asked = process.env["KEELSON_TEST_POINTS"]?.split(",").map(Number);
  const isAsked = (point: number): boolean => asked?.includes(point) ?? true;

  async function everyCrash(name: string, flow: Flow): Promise<void> {
    // Once without a crash: how many writes are there, and what is the end?
    const whole = await stage.namespace(`${name}-whole`);
    const first = await operator();
    let writes: number;
    try {
      await flow.prepare?.(whole);
      first.transport.dieAfter(whole, Number.MAX_SAFE_INTEGER);
      await flow.start(whole);
      await flow.end(whole);
      writes = first.transport.written(whole);
    } finally {
      await first.stop();
    }
    const expected = await inventory(whole);
    assert.ok(writes > 0, "the flow writes");
    progress(`${name}: ${writes} writes`);

    for (let from = 0; from < writes; from += BATCH) {
      const points = Array.from({ length: Math.min(BATCH, writes - from) }, (_, i) => from + i).filter(isAsked);
      if (points.length === 0) continue;
      const cases = await Promise.all(
        points.map(async (k) => ({ k, namespace: await stage.namespace(`${name}-${k}`) })),
      );
      const mortal = await operator();
      try {
        await Promise.all(cases.map(({ namespace }) => flow.prepare?.(namespace)));
        for (const { k, namespace } of cases) mortal.transport.dieAfter(namespace, k);
        await Promise.all(cases.map(({ namespace }) => flow.start(namespace)));
        // Runs differ by a few writes, so some live on: what they do then is no crash, but must end the same.
        await until(
          "the operators have died",
          () => cases.every(({ namespace }) => mortal.transport.isDead(namespace)),
          { timeoutMs: 15_000, everyMs: 50 },
        ).catch(() => undefined);
      } finally {
        await mortal.stop();
      }
      const second = await operator();
      try {
        for (const { k, namespace } of cases) {
          await flow.end(namespace).catch((cause: unknown) => {
            throw new Error(`${name}: killed before write ${k + 1} of ${writes}: ${String(cause)}`, { cause });
          });
          assert.deepEqual(await inventory(namespace), expected, `${name}: killed before write ${k + 1} of ${writes}`);
          await flow.check?.(namespace);
          await stage.client.delete(kinds.Namespace, { name: namespace });
        }
      } finally {
        await second.stop();
      }
      progress(`${name}: killed before writes ${from + 1} to ${from + points.length}`);
    }
  }

  const create = async (namespace: string): Promise<void> => {
    await stage.client.create(clusterKind, manifest(namespace));
  };
  const created = async (namespace: string): Promise<void> => {
    await create(namespace);
    await ready(namespace, 2);
  };
  const patch = async (namespace: string, body: object): Promise<void> => {
    await stage.client.patch(clusterKind, { namespace, name: NAME }, { type: "merge", body });
  };

  test("create", async () => {
    await everyCrash("create", { start: create, end: (namespace) => ready(namespace, 2) });
  });

  test("scale", async () => {
    await everyCrash("scale", {
      prepare: created,
      start: async (namespace) => {
        await patch(namespace, { spec: { instances: [{ name: "i", replicas: 3, dataVolumeClaimSpec: claim }] } });
      },
      end: (namespace) => ready(namespace, 3),
    });
  });

  test("switchover", async () => {
    const transitions = async (namespace: string): Promise<number> =>
      Number(
        (await stage.client.get(kinds.Endpoints, { namespace, name: `${NAME}-ha` }))?.metadata.annotations?.[
          "transitions"
        ],
      );
    await everyCrash("switchover", {
      prepare: created,
      start: async (namespace) => {
        await patch(namespace, { metadata: { annotations: { "pgv2.percona.com/trigger-switchover": "one" } } });
      },
      end: async (namespace) => {
        await until(
          `switchover in ${namespace}`,
          async () => (await cluster(namespace))?.status?.patroni?.status?.switchover === "one",
          { timeoutMs: PATIENCE_MS, everyMs: 100 },
        );
        await ready(namespace, 2);
      },
      check: async (namespace) => assert.equal(await transitions(namespace), 2, "the primary moved once, not more"),
    });
  });

  test("backup", async () => {
    await everyCrash("backup", {
      prepare: created,
      start: async (namespace) => {
        await stage.client.create(backupKind, {
          metadata: { namespace, name: "asked-for-abcde" },
          spec: { pgCluster: NAME, repoName: "repo1" },
        } as never);
      },
      end: (namespace) => ready(namespace, 2),
      check: async (namespace) => assert.equal(databases.backupsOf(`${namespace}/${NAME}`), 2, "one backup, not more"),
    });
  });

  test("restore", async () => {
    await everyCrash("restore", {
      prepare: created,
      start: async (namespace) => {
        await stage.client.create(restoreKind, {
          metadata: { namespace, name: "back" },
          spec: { pgCluster: NAME, repoName: "repo1" },
        } as never);
      },
      end: async (namespace) => {
        await until(
          `restore in ${namespace}`,
          async () => (await stage.client.get(restoreKind, { namespace, name: "back" }))?.status?.state === "Succeeded",
          { timeoutMs: PATIENCE_MS, everyMs: 100 },
        );
        await until(
          "the backup after it",
          async () => (await stage.client.list(backupKind, { namespace })).items.length === 2,
          { timeoutMs: PATIENCE_MS, everyMs: 100 },
        );
        await ready(namespace, 2);
      },
    });
  });

  test("delete", async () => {
    await everyCrash("delete", {
      prepare: async (namespace) => {
        await stage.client.create(
          clusterKind,
          manifest(namespace, ["percona.com/delete-pvc", "percona.com/delete-ssl", "percona.com/delete-backups"]),
        );
        await ready(namespace, 2);
      },
      start: async (namespace) => {
        await stage.client.delete(clusterKind, { namespace, name: NAME });
      },
      end: async (namespace) => {
        await until(
          `${namespace} is empty`,
          async () => (await cluster(namespace)) === undefined && (await inventory(namespace)).length === 0,
          { timeoutMs: PATIENCE_MS, everyMs: 200 },
        );
      },
    });
  });
});
