/** What the tests that kill the operator before each single write share: the stage, what a whole run writes, and one run for each write. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { type Kind, kinds, type Live, loadCredentials } from "@keelson/kube";
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

export const clusterKind = perconaPGClusters as Kind<PerconaPGCluster>;
export const backupKind = perconaPGBackups as Kind<PerconaPGBackup>;
export const restoreKind = perconaPGRestores as Kind<PerconaPGRestore>;
/** The name of every cluster: each has a namespace of its own. */
export const NAME = "db";
/** Clusters at a time: enough to be quick, few enough for two processors. */
const BATCH = 12;
/** Machines that run other things beside are slow; a failing wait is a failing test, not a slow one. */
export const PATIENCE_MS = 240_000;

export const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

export const manifest = (namespace: string, finalizers: string[] = []): PerconaPGCluster =>
  ({
    metadata: { namespace, name: NAME, finalizers },
    spec: {
      postgresVersion: 17,
      instances: [{ name: "i", replicas: 2, dataVolumeClaimSpec: claim }],
      patroni: { switchover: { enabled: true } },
      backups: { pgbackrest: { repos: [{ name: "repo1", volume: { volumeClaimSpec: claim } }] } },
    },
  }) as unknown as PerconaPGCluster;

/** Something that users ask of a cluster. */
export interface Flow {
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
  if (process.env["KEELSON_TEST_PROGRESS"] !== undefined) process.stderr.write(`${new Date().toISOString()} ${text}\n`);
};

/** `KEELSON_TEST_POINTS=13,14` looks at these only: to find out about one. */
const asked = process.env["KEELSON_TEST_POINTS"]?.split(",").map(Number);
const isAsked = (point: number): boolean => asked?.includes(point) ?? true;

/** Our API server with simulated nodes and databases, and operators that die on it. */
export class CrashStage {
  readonly stage: Stage;
  readonly databases: SimulatedDatabases;
  readonly #operator: () => Promise<OperatorUnderTest>;

  private constructor(stage: Stage, databases: SimulatedDatabases, operator: () => Promise<OperatorUnderTest>) {
    this.stage = stage;
    this.databases = databases;
    this.#operator = operator;
  }

  /** Starts everything but an operator. Whoever starts it stops it. */
  static async start(): Promise<CrashStage> {
    const stage = await startStage({ real: false, nodes: 1 });
    const credentials = await loadCredentials({ kubeconfig: stage.api.kubeconfig });
    const folder = new URL("../../../deploy/crds/", import.meta.url);
    for (const file of readdirSync(folder)) {
      const crd = parse(readFileSync(new URL(file, folder), "utf8")) as object;
      await stage.client.create(kinds.CustomResourceDefinition, crd as never);
    }
    const databases = new SimulatedDatabases(stage.client);
    await until(
      "the kinds are served",
      async () => (await stage.client.list(restoreKind).catch(() => undefined)) !== undefined,
    );
    await databases.start();
    return new CrashStage(stage, databases, () => startOperator(credentials, databases));
  }

  async stop(): Promise<void> {
    this.databases.stop();
    await this.stage.stop();
  }

  cluster(namespace: string): Promise<Live<PerconaPGCluster> | undefined> {
    return this.stage.client.get(clusterKind, { namespace, name: NAME });
  }

  async create(namespace: string): Promise<void> {
    await this.stage.client.create(clusterKind, manifest(namespace));
  }

  async created(namespace: string): Promise<void> {
    await this.create(namespace);
    await this.ready(namespace, 2);
  }

  async patch(namespace: string, body: object): Promise<void> {
    await this.stage.client.patch(clusterKind, { namespace, name: NAME }, { type: "merge", body });
  }

  /** Waits until the cluster with its backups is ready. */
  async ready(namespace: string, instances: number): Promise<void> {
    let last: unknown;
    try {
      await until(
        `cluster in ${namespace}`,
        async () => {
          const found = await this.cluster(namespace);
          last = found?.status;
          const backups = (await this.stage.client.list(backupKind, { namespace })).items;
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
  async inventory(namespace: string): Promise<string[]> {
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
      const { items } = await this.stage.client.list(kind, { namespace, labelSelector: label.cluster });
      found.push(
        ...items.map(
          (o) =>
            `${kind.kind} ${o.metadata.name.replace(/-i-[a-z0-9]{4}/, "-i-xxxx").replace(/-backup-[a-z0-9]+$/, "-backup-xxxx")}`,
        ),
      );
    }
    const backups = (await this.stage.client.list(backupKind, { namespace })).items.map(
      (b) => `Backup ${b.metadata.name.replace(/-[a-z0-9]{5}$/, "-xxxxx")} ${b.status?.state}`,
    );
    return [...found, ...backups].sort();
  }

  /** Runs the flow once whole, and then once for each of its writes, before which the operator is killed: the end is always the same. */
  async everyCrash(name: string, flow: Flow): Promise<void> {
    // Once without a crash: how many writes are there, and what is the end?
    const whole = await this.stage.namespace(`${name}-whole`);
    const first = await this.#operator();
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
    const expected = await this.inventory(whole);
    assert.ok(writes > 0, "the flow writes");
    progress(`${name}: ${writes} writes`);

    for (let from = 0; from < writes; from += BATCH) {
      const points = Array.from({ length: Math.min(BATCH, writes - from) }, (_, i) => from + i).filter(isAsked);
      if (points.length === 0) continue;
      const cases = await Promise.all(
        points.map(async (k) => ({ k, namespace: await this.stage.namespace(`${name}-${k}`) })),
      );
      const mortal = await this.#operator();
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
      const second = await this.#operator();
      try {
        for (const { k, namespace } of cases) {
          await flow.end(namespace).catch((cause: unknown) => {
            throw new Error(`${name}: killed before write ${k + 1} of ${writes}: ${String(cause)}`, { cause });
          });
          assert.deepEqual(
            await this.inventory(namespace),
            expected,
            `${name}: killed before write ${k + 1} of ${writes}`,
          );
          await flow.check?.(namespace);
          await this.stage.client.delete(kinds.Namespace, { name: namespace });
        }
      } finally {
        await second.stop();
      }
      progress(`${name}: killed before writes ${from + 1} to ${from + points.length}`);
    }
  }
}
