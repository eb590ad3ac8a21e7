/** Objects for tests, each with overrides. */
import type { Endpoints, KubeObject, Live, PersistentVolumeClaim, Pod, StatefulSet } from "@keelson/kube";
import type { PerconaPGBackup, PerconaPGCluster, PerconaPGRestore } from "@keelson/resources";
import { annotation, label } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { type Catalogue, normalize } from "../cluster/normalize.ts";
import type { View } from "../cluster/view.ts";

export const NOW = Date.parse("2026-11-21T12:00:00Z");

export const catalogue: Catalogue = {
  postgresql: { 17: "keelson/postgresql:17", 18: "keelson/postgresql:18" },
  agent: "keelson/agent:dev",
  dnsSuffix: "cluster.local",
};

let uids = 0;

/** An object as the API server would give it. */
export function live<T extends KubeObject>(object: T, created = NOW - 3_600_000): Live<T> {
  const metadata = {
    namespace: "prod",
    uid: `uid-${++uids}`,
    resourceVersion: String(uids),
    creationTimestamp: new Date(created).toISOString(),
    ...object.metadata,
  };
  return { apiVersion: "v1", kind: "", ...object, metadata } as unknown as Live<T>;
}

type Spec = PerconaPGCluster["spec"];

const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };

/** A cluster `orders` of three instances with one pooler and one volume repository. */
export function clusterResource(
  spec: Partial<Spec> = {},
  metadata: Partial<PerconaPGCluster["metadata"]> = {},
  status?: PerconaPGCluster["status"],
): Live<PerconaPGCluster> {
  return live({
    apiVersion: "pgv2.percona.com/v2",
    kind: "PerconaPGCluster",
    metadata: { name: "orders", uid: "c0ffee00-0000", generation: 1, ...metadata },
    spec: {
      postgresVersion: 17,
      instances: [{ name: "i", replicas: 3, dataVolumeClaimSpec: claim }],
      proxy: { pgBouncer: { replicas: 1 } },
      backups: { pgbackrest: { repos: [{ name: "repo1", volume: { volumeClaimSpec: claim } }] } },
      ...spec,
    } as Spec,
    ...(status === undefined ? {} : { status }),
  });
}

export const pgCluster = (spec: Partial<Spec> = {}, metadata: Partial<PerconaPGCluster["metadata"]> = {}): PgCluster =>
  normalize(clusterResource(spec, metadata), catalogue).cluster;

export interface Member {
  readonly name: string;
  readonly set?: string;
  readonly role?: "primary" | "replica";
  readonly ready?: boolean;
  readonly pod?: boolean;
  readonly replicas?: number;
  readonly lsn?: number;
  readonly timeline?: number;
  readonly template?: string;
  readonly pendingRestart?: Readonly<Record<string, { old_value: unknown; new_value: unknown }>>;
  /** Overrides of the pod's status. */
  readonly status?: Pod["status"];
  readonly created?: number;
}

export interface Scene {
  readonly cr?: Live<PerconaPGCluster>;
  readonly members?: readonly Member[];
  /** Name of the pod that holds the lock; default the primary's. `null`: nobody. */
  readonly leader?: string | null;
  readonly acquiredAt?: number;
  /** When the lock was seen to be renewed, in milliseconds since 1970. It runs out 30 seconds later. */
  readonly lockSeenAt?: number | undefined;
  readonly synchronous?: readonly string[];
  readonly claims?: readonly string[];
  readonly backups?: readonly Live<PerconaPGBackup>[];
  readonly restores?: readonly Live<PerconaPGRestore>[];
  readonly failoverKey?: Readonly<Record<string, string>>;
  readonly repoHostReady?: boolean;
  readonly initialized?: boolean;
}

const readyStatus = (ready: boolean): Pod["status"] => ({
  phase: "Running",
  conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
  containerStatuses: [{ name: "database", image: "", imageID: "", ready, restartCount: 0, state: { running: {} } }],
});

function memberPod(m: Member): Live<Pod> {
  const status = {
    state: "running",
    role: m.role ?? "replica",
    timeline: m.timeline ?? 1,
    xlog_location: m.lsn ?? 1_000,
    version: "4.0.7",
  };
  const pending =
    m.pendingRestart === undefined ? {} : { pending_restart: true, pending_restart_reason: m.pendingRestart };
  return live(
    {
      metadata: {
        name: names.instancePod(m.name),
        labels: {
          [label.cluster]: "orders",
          [label.instance]: m.name,
          [label.data]: "postgres",
          [label.role]: m.role ?? "replica",
        },
        annotations: { status: JSON.stringify({ ...status, ...pending }), [annotation.template]: m.template ?? "t1" },
      },
      status: m.status ?? readyStatus(m.ready ?? true),
    } as Pod,
    m.created,
  );
}

/** A snapshot of the cluster `orders`. */
export function viewOf(scene: Scene = {}): View {
  const cr = scene.cr ?? clusterResource();
  const members = scene.members ?? [
    { name: "orders-i-aaaa", role: "primary" },
    { name: "orders-i-bbbb" },
    { name: "orders-i-cccc" },
  ];
  const primary = members.find((m) => m.role === "primary");
  const leader =
    scene.leader === undefined ? (primary === undefined ? null : names.instancePod(primary.name)) : scene.leader;
  const byName = <T extends KubeObject>(objects: readonly Live<T>[]): ReadonlyMap<string, Live<T>> =>
    new Map(objects.map((o) => [o.metadata.name, o]));
  const endpointsOf = (metadata: NonNullable<Endpoints["metadata"]>): Live<Endpoints> => live<Endpoints>({ metadata });
  const endpoints: Live<Endpoints>[] = [
    endpointsOf({
      name: "orders-ha",
      annotations: {
        ...(leader === null ? {} : { leader }),
        acquireTime: new Date(scene.acquiredAt ?? NOW - 600_000).toISOString(),
        ...(scene.lockSeenAt === undefined ? {} : { ttl: "30" }),
      },
    }),
    endpointsOf({
      name: "orders-ha-config",
      annotations: { config: "{}", ...(scene.initialized === false ? {} : { initialize: "7400" }) },
    }),
    ...(scene.synchronous === undefined
      ? []
      : [
          endpointsOf({
            name: "orders-ha-sync",
            annotations: { leader: leader ?? "x", sync_standby: scene.synchronous.join(",") },
          }),
        ]),
    ...(scene.failoverKey === undefined
      ? []
      : [endpointsOf({ name: "orders-ha-failover", annotations: { ...scene.failoverKey } })]),
  ];
  const statefulSets = members.map((m) =>
    live(
      {
        metadata: {
          name: m.name,
          labels: { [label.cluster]: "orders", [label.instance]: m.name, [label.instanceSet]: m.set ?? "i" },
        },
        spec: { replicas: m.replicas ?? 1, serviceName: "orders-pods", selector: {}, template: {} },
      } as StatefulSet,
      m.created,
    ),
  );
  const claims = (scene.claims ?? []).map((instance) =>
    live(
      {
        metadata: {
          name: names.dataVolume(instance),
          labels: {
            [label.role]: "pgdata",
            [label.instance]: instance,
            [label.instanceSet]: "i",
            [label.cluster]: "orders",
          },
        },
        spec: claim,
      } as PersistentVolumeClaim,
      NOW - 7_200_000,
    ),
  );
  const host =
    scene.repoHostReady === false
      ? []
      : [live({ metadata: { name: "orders-repo-host-0" }, status: readyStatus(true) } as Pod)];
  return {
    now: NOW,
    cr,
    lockSeenAt: scene.lockSeenAt,
    statefulSets: byName(statefulSets),
    deployments: new Map(),
    pods: byName([...members.filter((m) => m.pod !== false).map(memberPod), ...host]),
    claims: byName(claims),
    secrets: new Map(),
    configMaps: new Map(),
    services: new Map(),
    endpoints: byName(endpoints),
    jobs: new Map(),
    budgets: new Map(),
    storageClasses: new Map(),
    backups: scene.backups ?? [],
    restores: scene.restores ?? [],
  };
}
