/** One builder of an observed database for tests, with overrides. */
import type { Pod } from "@keelson/kube";
import { databaseManifest } from "../src/manifest/database.ts";
import { label } from "../src/manifest/names.ts";
import type { Observed } from "../src/model/observed.ts";
import type { PgBackup, PgCluster } from "../src/model/resources.ts";

/** A cluster with status; `status` and `meta` override. */
export function pgCluster(
  options: { status?: PgCluster["status"]; meta?: PgCluster["metadata"]; spec?: Partial<PgCluster["spec"]> } = {},
): PgCluster {
  const manifest = databaseManifest({
    name: "orders",
    namespace: "shop",
    instances: 2,
    poolers: 1,
  }) as unknown as PgCluster;
  return {
    ...manifest,
    metadata: { ...manifest.metadata, creationTimestamp: "2026-11-21T08:00:00Z", generation: 1, ...options.meta },
    spec: { ...manifest.spec, ...options.spec },
    status: options.status ?? { state: "ready", observedGeneration: 1, patroni: { status: { systemIdentifier: "7" } } },
  };
}

/** A pod of the cluster; ready unless said otherwise. */
export function pod(
  name: string,
  options: { role?: string; ready?: boolean; xlog?: number; status?: Pod["status"] } = {},
): Pod {
  const { role, ready = true, xlog } = options;
  const helper = role === "pgbouncer";
  return {
    metadata: {
      name,
      namespace: "shop",
      labels: {
        [label.cluster]: "orders",
        ...(role === undefined ? {} : { [label.role]: role }),
        ...(helper ? {} : { [label.data]: "postgres", [label.instance]: name.replace(/-0$/, "") }),
      },
      ...(xlog === undefined
        ? {}
        : {
            annotations: {
              status: JSON.stringify({
                xlog_location: xlog,
                state: "running",
                replication_state: "streaming",
                timeline: 2,
              }),
            },
          }),
    },
    spec: { nodeName: "node-1", containers: [] },
    status: options.status ?? {
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{ name: "database", ready, restartCount: 0, image: "", imageID: "", state: { running: {} } }],
    },
  };
}

export function backup(name: string, status: PgBackup["status"]): PgBackup {
  return {
    metadata: { name, namespace: "shop", creationTimestamp: "2026-11-21T08:30:00Z" },
    spec: { pgCluster: "orders", repoName: "repo1", method: "pgbackrest" },
    ...(status === undefined ? {} : { status }),
  };
}

/** A database that is well: a primary, a replica, a pooler. */
export function observed(overrides: Partial<Observed> = {}): Observed {
  return {
    cluster: pgCluster(),
    pods: [
      pod("orders-b-0", { role: "replica", xlog: 900 }),
      pod("orders-a-0", { role: "primary", xlog: 1000 }),
      pod("orders-pgbouncer-x", { role: "pgbouncer" }),
    ],
    services: [],
    backups: [backup("b1", { state: "Succeeded", completed: "2026-11-21T08:31:00Z" })],
    restores: [],
    warnings: [],
    ...overrides,
  };
}
