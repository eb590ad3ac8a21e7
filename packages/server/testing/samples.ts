/** Scenes that show every state a person meets; also what the pictures in the docs are taken of. */
import type { Client } from "@keelson/kube";
import { clusters, type PgCluster } from "../src/model/resources.ts";
import { type DatabaseScene, putBackup, putDatabase, putEvent, putNamespace, putRestore } from "./scene.ts";

const MiB = 1024 * 1024;
const position = 812 * MiB;

type Conditions = NonNullable<NonNullable<PgCluster["status"]>["conditions"]>;

const condition = (type: string, status: "True" | "False", reason: string, message: string): Conditions[number] => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: new Date(Date.now() - 3 * 3_600_000).toISOString().replace(/\.\d+/, ""),
});

const wellConditions: Conditions = [
  condition("ReadyForBackup", "True", "AllConditionsAreTrue", ""),
  condition("PGBackRestRepoHostReady", "True", "RepoHostReady", "pgBackRest repository host is ready"),
  condition("PGBackRestReplicaCreate", "True", "RepoBackupComplete", ""),
  condition("ProxyAvailable", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
  condition("TLSSecretsReady", "True", "TLSSecretsFound", "All certificates are in place."),
];

const running = (host: string, conditions: Conditions = wellConditions): NonNullable<PgCluster["status"]> => ({
  state: "ready",
  host,
  observedGeneration: 1,
  patroni: { status: { systemIdentifier: "7412345678901234567" } },
  conditions,
});

/** Three instances, two poolers, all well. */
export const orders: DatabaseScene = {
  request: {
    name: "orders",
    namespace: "shop",
    version: "17",
    instances: 3,
    storage: "20Gi",
    size: "medium",
    poolers: 2,
    expose: "loadBalancer",
    backups: { enabled: true, schedule: "0 1 * * 0", incrementalSchedule: "0 1 * * 1-6" },
  },
  status: running("orders-pgbouncer.shop.svc"),
  instances: [
    { name: "orders-instance1-4bkd", role: "primary", ready: true, node: "node-1", position },
    { name: "orders-instance1-f7xq", role: "replica", ready: true, node: "node-2", position },
    { name: "orders-instance1-z2mw", role: "replica", ready: true, node: "node-3", position: position - 196_608 },
  ],
  poolers: [
    { name: "orders-pgbouncer-6c9d7-9rk2l", ready: true, node: "node-1" },
    { name: "orders-pgbouncer-6c9d7-x4tzp", ready: true, node: "node-2" },
  ],
  repoHost: true,
  external: "127.77.0.2",
};

/** Just asked for: the first instance starts. */
export const fresh: DatabaseScene = {
  request: {
    name: "billing",
    namespace: "shop",
    version: "18",
    instances: 3,
    storage: "10Gi",
    size: "small",
    poolers: 2,
    backups: { enabled: true },
  },
  status: {
    state: "initializing",
    observedGeneration: 1,
    conditions: [condition("ReadyForBackup", "False", "PGBackRestRepoHostReady", "the repository host is not ready")],
  },
  instances: [
    { name: "billing-instance1-bx7k", ready: false, node: "node-1" },
    { name: "billing-instance1-q9wd", ready: false, node: "node-2", waiting: { reason: "PodInitializing" } },
  ],
};

/** One replica crashes. */
export const degraded: DatabaseScene = {
  request: {
    name: "catalog",
    namespace: "shop",
    version: "17",
    instances: 2,
    storage: "50Gi",
    size: "large",
    poolers: 1,
    backups: { enabled: true, schedule: "0 */6 * * *" },
  },
  status: { ...running("catalog-pgbouncer.shop.svc"), state: "initializing" },
  instances: [
    { name: "catalog-instance1-hh4c", role: "primary", ready: true, node: "node-2", position },
    {
      name: "catalog-instance1-vw6m",
      role: "replica",
      ready: false,
      node: "node-3",
      restarts: 4,
      waiting: { reason: "CrashLoopBackOff", message: "back-off 40s restarting failed container" },
    },
  ],
  poolers: [{ name: "catalog-pgbouncer-5f6b8-m2k7q", ready: true, node: "node-2" }],
  repoHost: true,
};

/** Switched off by its owner. */
export const paused: DatabaseScene = {
  request: {
    name: "staging",
    namespace: "default",
    version: "17",
    instances: 1,
    storage: "5Gi",
    poolers: 0,
    backups: { enabled: false },
  },
  status: {
    state: "paused",
    observedGeneration: 1,
    patroni: { status: { systemIdentifier: "7412345678901234568" } },
    conditions: [],
  },
};

/** Puts all samples on the stage, with backups, a restore and events for `orders`. */
export async function putSamples(client: Client, now: Date = new Date()): Promise<void> {
  for (const name of ["default", "shop"]) await putNamespace(client, name);
  for (const scene of [orders, fresh, degraded, paused]) await putDatabase(client, scene);
  await client.patch(
    clusters,
    { namespace: "default", name: "staging" },
    { type: "merge", body: { spec: { pause: true } } },
  );
  await putBackup(client, {
    name: "catalog-repo1-full",
    namespace: "shop",
    database: "catalog",
    status: {
      state: "Succeeded",
      backupType: "full",
      backupName: "20261121-020000F",
      size: 31_000_000_000,
      completed: now.toISOString().replace(/\.\d+/, ""),
    },
  });
  await putHistory(client, now);
}

async function putHistory(client: Client, now: Date): Promise<void> {
  const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
  const text = (at: Date) => at.toISOString().replace(/\.\d+/, "");
  const series = [
    { hours: 98, type: "full", bytes: 1_840_000_000 },
    { hours: 74, type: "incremental", bytes: 96_000_000 },
    { hours: 50, type: "incremental", bytes: 121_000_000 },
    { hours: 38, type: "differential", bytes: 310_000_000 },
    { hours: 26, type: "incremental", bytes: 88_000_000 },
    { hours: 3, type: "full", bytes: 1_910_000_000 },
  ];
  for (const { hours, type, bytes } of series) {
    const at = hoursAgo(hours);
    const stamp = at.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "");
    await putBackup(client, {
      name: `orders-repo1-${type.slice(0, 4)}-${stamp.slice(0, 8)}`,
      namespace: "shop",
      database: "orders",
      status: {
        state: "Succeeded",
        backupType: type,
        backupName: `${stamp.slice(0, 8)}-${stamp.slice(8)}${type === "full" ? "F" : type === "differential" ? "D" : "I"}`,
        size: bytes,
        completed: text(at),
        ...(hours === 3
          ? {
              latestRestorableTime: `${text(new Date(now.getTime() - 40_000))
                .replace("T", " ")
                .replace("Z", "")}.120000+0000`,
            }
          : {}),
      },
    });
  }
  await putBackup(client, {
    name: "orders-failed",
    namespace: "shop",
    database: "orders",
    status: {
      state: "Failed",
      backupType: "incremental",
      completed: text(hoursAgo(20)),
      error: "the repository volume is full: 0 bytes left of 20Gi",
    },
  });
  await putRestore(client, {
    name: "orders-restore-1",
    namespace: "shop",
    database: "orders",
    options: ["--type=time", "--target=2026-11-19 10:32:05.000000+00"],
    status: { state: "Succeeded", completed: text(hoursAgo(44)) },
  });
  const events = [
    {
      about: "PerconaPGCluster",
      name: "orders",
      type: "Normal",
      reason: "SwitchedOver",
      message: "Primary moved from orders-instance1-f7xq to orders-instance1-4bkd, as asked. No write was lost.",
      hours: 2.2,
    },
    {
      about: "Pod",
      name: "orders-instance1-z2mw-0",
      type: "Warning",
      reason: "Unhealthy",
      message: "Readiness check failed: replica is 42 MB behind",
      hours: 4.1,
    },
    {
      about: "PerconaPGBackup",
      name: "orders-failed",
      type: "Warning",
      reason: "BackupFailed",
      message: "The repository volume is full: make it larger or keep fewer backups.",
      hours: 20,
    },
    {
      about: "Pod",
      name: "orders-instance1-4bkd-0",
      type: "Normal",
      reason: "Started",
      message: "Started container database",
      hours: 98,
    },
  ] as const;
  for (const { hours, ...event } of events)
    await putEvent(client, { ...event, namespace: "shop", at: hoursAgo(hours) });
}
