/** The PerconaPGCluster that a request for a database means. Pure: the API applies it, the portal shows it as it is typed. */
import type { CreateDatabase } from "../api/requests.ts";
import { API_VERSION, CR_VERSION } from "./names.ts";
import { memoryParameters, type SizeId, sizeOf } from "./sizes.ts";

/** Major versions that can be created, newest last. */
export const versions = ["17", "18"] as const;
export const DEFAULT_VERSION = "17";

export const defaults = {
  namespace: "default",
  instances: 3,
  poolers: 2,
  storageGi: 10,
  keepFull: 7,
} as const;

const defaultStorage = `${defaults.storageGi}Gi`;

/** What the builder returns; a plain object that serialises to the manifest. */
export interface DatabaseManifest {
  readonly apiVersion: string;
  readonly kind: "PerconaPGCluster";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Record<string, unknown>;
}

/** Builds the manifest; fields that are not asked for are left to the operator's defaults. */
export function databaseManifest(request: CreateDatabase): DatabaseManifest {
  const exposed = request.expose === "loadBalancer" ? { expose: { type: "LoadBalancer" } } : {};
  return {
    apiVersion: API_VERSION,
    kind: "PerconaPGCluster",
    metadata: { name: request.name, namespace: request.namespace ?? defaults.namespace },
    spec: {
      crVersion: CR_VERSION,
      postgresVersion: Number(request.version ?? DEFAULT_VERSION),
      ...exposed,
      instances: [
        {
          name: "instance1",
          replicas: request.instances ?? defaults.instances,
          ...resources(request.size),
          dataVolumeClaimSpec: volumeClaim(request.storage ?? defaultStorage, request.storageClass),
        },
      ],
      ...parameters(request.size),
      ...pooler(request.poolers ?? defaults.poolers, exposed),
      backups: backups(request),
    },
  };
}

function resources(id: SizeId | undefined) {
  if (id === undefined) return {};
  const { cpu, cpuLimit, memory } = sizeOf(id);
  return { resources: { requests: { cpu, memory }, limits: { cpu: cpuLimit, memory } } };
}

function parameters(id: SizeId | undefined) {
  if (id === undefined) return {};
  return { patroni: { dynamicConfiguration: { postgresql: { parameters: memoryParameters(sizeOf(id)) } } } };
}

function pooler(replicas: number, exposed: object) {
  return replicas === 0 ? {} : { proxy: { pgBouncer: { replicas, ...exposed } } };
}

function backups(request: CreateDatabase) {
  const wanted = request.backups ?? { enabled: true };
  if (!wanted.enabled) return { enabled: false };
  const schedules = {
    ...(wanted.schedule === undefined ? {} : { full: wanted.schedule }),
    ...(wanted.incrementalSchedule === undefined ? {} : { incremental: wanted.incrementalSchedule }),
  };
  const storage = wanted.storage ?? request.storage ?? defaultStorage;
  return {
    enabled: true,
    pgbackrest: {
      global: {
        "repo1-retention-full": String(wanted.keepFull ?? defaults.keepFull),
        "repo1-retention-full-type": "count",
      },
      repos: [
        {
          name: "repo1",
          ...(Object.keys(schedules).length === 0 ? {} : { schedules }),
          volume: { volumeClaimSpec: volumeClaim(storage, request.storageClass) },
        },
      ],
    },
  };
}

function volumeClaim(storage: string, storageClass: string | undefined) {
  return {
    ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage } },
  };
}
