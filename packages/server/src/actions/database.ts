/** Creating and changing a database: checks in words first, then one write to Kubernetes. */
import { compareQuantities, scheduleProblem } from "@keelson/engine";
import { isAlreadyExists, isNotFound, type Live } from "@keelson/kube";
import type { CreateDatabase, UpdateDatabase } from "../api/requests.ts";
import { noDatabase } from "../fleet/existing.ts";
import { type DatabaseKey, textOf } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";
import { databaseManifest, defaults, versions } from "../manifest/database.ts";
import { FIELD_MANAGER } from "../manifest/names.ts";
import { clusters, type PgCluster } from "../model/resources.ts";
import type { Parts } from "../parts.ts";

/** Below this, PostgreSQL's own files and log leave no room for data. */
const LEAST_STORAGE = "256Mi";

type Needed = Pick<Parts, "client" | "fleet">;

/** Applies the manifest of the request; with `dryRun` Kubernetes only checks it. */
export async function createDatabase({ client, fleet }: Needed, request: CreateDatabase, dryRun: boolean) {
  checkRequest(request);
  const manifest = databaseManifest(request);
  const key = { namespace: manifest.metadata.namespace, name: manifest.metadata.name };
  if (fleet.cluster(key) !== undefined) throw taken(key);
  const object = manifest as unknown as PgCluster;
  // A name that somebody took a moment ago must not be changed by our apply. Creation alone is atomic, so that comes first, checked
  // only; the apply then carries the wish and makes this server the owner of its fields.
  try {
    await client.create(clusters, object, { fieldManager: FIELD_MANAGER, fieldValidation: "Strict", dryRun: true });
    if (!dryRun)
      await client.apply(clusters, object, { fieldManager: FIELD_MANAGER, fieldValidation: "Strict", force: false });
  } catch (error) {
    if (isAlreadyExists(error)) throw taken(key);
    if (isNotFound(error)) {
      throw new ProblemError("InvalidField", `There is no namespace ${key.namespace}.`, {
        field: "/namespace",
        value: key.namespace,
        remedy: `Choose another one or make it: kubectl create namespace ${key.namespace}`,
      });
    }
    throw error;
  }
  return { manifest, key };
}

function checkRequest(request: CreateDatabase): void {
  const { version } = request;
  if (version !== undefined && !versions.some((known) => known === version)) {
    throw new ProblemError("InvalidField", `PostgreSQL ${version} cannot be created here.`, {
      field: "/version",
      value: version,
      remedy: `Use one of ${versions.join(", ")}.`,
    });
  }
  for (const [field, value] of [
    ["/storage", request.storage],
    ["/backups/storage", request.backups?.storage],
  ] as const) {
    if (value !== undefined && compareQuantities(value, LEAST_STORAGE) < 0) {
      throw new ProblemError("InvalidField", `${value} is too small for a database.`, {
        field,
        value,
        remedy: `Use at least ${LEAST_STORAGE}; ${defaults.storageGi}Gi is a good start.`,
      });
    }
  }
  checkSchedule("/backups/schedule", request.backups?.schedule);
  checkSchedule("/backups/incrementalSchedule", request.backups?.incrementalSchedule);
}

/** A schedule that can never be read would only be noticed when the backup does not come. */
function checkSchedule(field: string, expression: string | undefined): void {
  const problem = expression === undefined ? undefined : scheduleProblem({ expression });
  if (problem === undefined) return;
  throw new ProblemError("InvalidField", `${problem}.`, {
    field,
    value: expression,
    remedy:
      "For every night at one: 0 1 * * *. Names (MON, JAN), lists, ranges, steps and @daily work too; times are UTC.",
  });
}

/** Changes what the request names and nothing else. */
export async function updateDatabase(
  { client, fleet }: Needed,
  key: DatabaseKey,
  request: UpdateDatabase,
): Promise<void> {
  const cluster = fleet.cluster(key);
  if (cluster === undefined) throw noDatabase(key);
  if (cluster.metadata.deletionTimestamp !== undefined)
    throw new ProblemError("Conflict", `${textOf(key)} is being deleted.`);
  await client.patch(clusters, key, { type: "merge", body: change(cluster, request) }, { fieldManager: FIELD_MANAGER });
}

function change(cluster: Live<PgCluster>, request: UpdateDatabase) {
  const { instances, poolers, storage, paused } = request;
  const [set, ...rest] = structuredClone(cluster.spec.instances ?? []);
  if ((instances !== undefined || storage !== undefined) && (set === undefined || rest.length > 0)) {
    throw new ProblemError("Conflict", "This database has several instance sets.", {
      remedy: "Change the sets in its manifest with kubectl.",
    });
  }
  if (storage !== undefined && set !== undefined) {
    const requests = set.dataVolumeClaimSpec.resources?.requests;
    const present = requests?.["storage"]?.toString() ?? "";
    if (present !== "" && compareQuantities(storage, present) < 0) {
      throw new ProblemError("InvalidField", "A volume can grow but not shrink.", {
        field: "/storage",
        value: storage,
        remedy: `Use ${present} or more.`,
      });
    }
    set.dataVolumeClaimSpec = {
      ...set.dataVolumeClaimSpec,
      resources: { ...set.dataVolumeClaimSpec.resources, requests: { ...requests, storage } },
    };
  }
  if (instances !== undefined && set !== undefined) set.replicas = instances;
  return {
    // Lists are replaced whole by a merge patch: the version makes sure that nobody's change is lost.
    metadata: { resourceVersion: cluster.metadata.resourceVersion },
    spec: {
      ...(set === undefined || (instances === undefined && storage === undefined) ? {} : { instances: [set] }),
      ...(poolers === undefined ? {} : { proxy: { pgBouncer: { replicas: poolers } } }),
      ...(paused === undefined ? {} : { pause: paused }),
    },
  };
}

function taken(key: DatabaseKey): ProblemError {
  return new ProblemError("AlreadyExists", `There is a database ${textOf(key)} already.`, {
    field: "/name",
    value: key.name,
    remedy: "Choose another name.",
  });
}
