/** What this engine consists of: its controllers, what they look at, and in which queues they run. */
import { randomBytes } from "node:crypto";
import {
  type Cache,
  type Client,
  Controller,
  type EventRecorder,
  type KubeObject,
  keyOf,
  type Logger,
  mapped,
  own,
  ownedBy,
  type Source,
} from "@keelson/kube";
import { perconaPGBackups } from "@keelson/resources";
import { reconcileBackup } from "./backup/controller.ts";
import { reconcileSchedules } from "./backup/schedule-controller.ts";
import { type ClusterDeps, reconcileCluster } from "./cluster/controller.ts";
import { label } from "./cluster/labels.ts";
import type { Catalogue } from "./cluster/normalize.ts";
import { reconcileFailover } from "./ha/controller.ts";
import { Departures } from "./ha/departures.ts";
import { reconcileInside } from "./inside/controller.ts";
import { reconcileRestore } from "./restore/controller.ts";
import { ForeignKeys } from "./runtime/foreign-keys.ts";
import { ForeignSecrets } from "./runtime/foreign-secrets.ts";
import { type OwnedKind, World } from "./runtime/world.ts";
import { reconcileUpgrade } from "./upgrade/controller.ts";

export interface EngineOptions {
  readonly client: Client;
  readonly cache: Cache;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
  readonly random?: (size: number) => Uint8Array;
}

/** Work inside the pods may take long: SQL of the user's, a first connection to all repositories. */
const INSIDE_LIMIT_MS = 1_200_000;

/** How many clusters each controller works on at a time. Work inside pods waits for pods, so more of it goes on at once. */
const WORKERS = { cluster: 4, failover: 4, inside: 8, backup: 4, restore: 2, schedule: 1 } as const;

/** A change of primary is some fifty events within a second; the databases that it is about need the CPU more than each its own run. */
const SPACING_MS = 250;

/** The key of the cluster that an object belongs to by its label. */
const clusterKey = (object: KubeObject): string[] => {
  const name = object.metadata?.labels?.[label.cluster];
  return name === undefined ? [] : [`${object.metadata?.namespace ?? ""}/${name}`];
};

/** The PostgreSQL engine's controllers; run them all, once, on the leader. */
export function postgresqlControllers(options: EngineOptions): Controller[] {
  const { client, cache, events, logger, catalogue } = options;
  const world = new World(cache);
  const deps: ClusterDeps = {
    client,
    world,
    events,
    log: logger,
    catalogue,
    foreign: new ForeignSecrets(client),
    foreignKeys: new ForeignKeys(client),
    random: options.random ?? randomBytes,
    now: options.now ?? Date.now,
  };
  const owned = (...names: OwnedKind[]): Source[] =>
    // What Patroni and the agents write into annotations is no wish of a person's.
    names.map((name) => mapped(world.informer(name), ({ object }) => clusterKey(object), { priority: "normal" }));
  const clusters = own(world.clusters);
  const toCluster = (object: { metadata?: { namespace?: string }; spec: { pgCluster: string } }): string[] => [
    `${object.metadata?.namespace ?? ""}/${object.spec.pgCluster}`,
  ];
  const backupsOfCluster = mapped(world.backups, ({ object }) => toCluster(object));
  const restoresOfCluster = mapped(world.restores, ({ object }) => toCluster(object));
  const keysOfCluster =
    (informer: typeof world.backups | typeof world.restores) =>
    (key: string): string[] =>
      informer
        .list(key.slice(0, key.indexOf("/")))
        .filter((o) => toCluster(o)[0] === key)
        .map((o) => keyOf(o));
  const controller = (
    name: string,
    workers: number,
    sources: Source[],
    reconcile: typeof reconcileCluster,
    timeoutMs?: number,
  ): Controller =>
    new Controller({
      name: `postgresql-${name}`,
      workers,
      sources,
      logger,
      spacingMs: SPACING_MS,
      reconcile: async (key, signal, context) => await reconcile(key, signal, context, deps),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  const departures = new Departures();
  return [
    new Controller({
      name: "postgresql-failover",
      workers: WORKERS.failover,
      sources: owned("Pod", "Endpoints"),
      logger,
      reconcile: async (key, signal, context) => await reconcileFailover(key, signal, context, { ...deps, departures }),
    }),
    controller(
      "cluster",
      WORKERS.cluster,
      [
        clusters,
        backupsOfCluster,
        restoresOfCluster,
        ...owned(
          "StatefulSet",
          "Deployment",
          "Pod",
          "PersistentVolumeClaim",
          "Secret",
          "ConfigMap",
          "Service",
          "Endpoints",
          "ServiceAccount",
          "Role",
          "RoleBinding",
          "PodDisruptionBudget",
        ),
      ],
      reconcileCluster,
    ),
    controller(
      "inside",
      WORKERS.inside,
      [clusters, restoresOfCluster, ...owned("Pod", "Endpoints", "Secret")],
      reconcileInside,
      INSIDE_LIMIT_MS,
    ),
    controller(
      "backup",
      WORKERS.backup,
      [
        own(world.backups),
        ownedBy(world.informer("Job"), perconaPGBackups),
        mapped(world.clusters, ({ object }) => keysOfCluster(world.backups)(keyOf(object))),
        mapped(world.informer("Pod"), ({ object }) =>
          object.metadata.annotations?.["keelson.dev/agent"] === undefined &&
          object.metadata.labels?.[label.backupJob] === undefined
            ? []
            : clusterKey(object).flatMap(keysOfCluster(world.backups)),
        ),
      ],
      reconcileBackup,
    ),
    controller(
      "restore",
      WORKERS.restore,
      [
        own(world.restores),
        ...(["Job", "Pod", "Endpoints", "StatefulSet"] as const).map((kind) =>
          mapped(world.informer(kind), ({ object }) => clusterKey(object).flatMap(keysOfCluster(world.restores))),
        ),
        mapped(world.clusters, ({ object }) => keysOfCluster(world.restores)(keyOf(object))),
      ],
      reconcileRestore,
    ),
    new Controller({
      name: "postgresql-upgrade",
      workers: 1,
      sources: [own(world.upgrades)],
      logger,
      reconcile: async (key, signal) => await reconcileUpgrade(key, signal, deps),
    }),
    controller("schedule", WORKERS.schedule, [clusters, backupsOfCluster], reconcileSchedules),
  ];
}
