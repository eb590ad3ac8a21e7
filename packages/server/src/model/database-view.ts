/** One database as the API answers it. Pure: everything comes from what was observed. */
import type { Database, DatabaseDetail, Topology } from "../api/views.ts";
import { backupSummary } from "./backup-view.ts";
import { conditionViews } from "./condition-words.ts";
import { defined } from "./defined.ts";
import { isoTime, nameOf, type Observed } from "./observed.ts";
import { type Facts, standingOf } from "./phase.ts";
import { stepsOf } from "./steps.ts";
import { topologyOf } from "./topology.ts";

/** The whole view of one database. */
export function databaseDetail(observed: Observed): DatabaseDetail {
  const { cluster } = observed;
  const topology = topologyOf(observed);
  const conditions = conditionViews(cluster.status?.conditions ?? []);
  const facts: Facts = {
    observed,
    topology,
    conditions,
    instances: instanceCount(observed, topology),
    poolers: poolerCount(observed, topology),
  };
  const standing = standingOf(facts);
  return {
    namespace: cluster.metadata?.namespace ?? "",
    name: nameOf(cluster),
    engine: "postgresql",
    version: String(cluster.spec?.postgresVersion ?? ""),
    phase: standing.phase,
    state: cluster.status?.state ?? "",
    level: standing.level,
    headline: standing.headline,
    instances: facts.instances,
    poolers: facts.poolers,
    storage: cluster.spec?.instances?.[0]?.dataVolumeClaimSpec?.resources?.requests?.["storage"]?.toString() ?? "",
    backups: backupSummary(cluster, observed.backups, observed.restores),
    createdAt: isoTime(cluster.metadata?.creationTimestamp) ?? new Date(0).toISOString(),
    uid: cluster.metadata?.uid ?? "",
    resourceVersion: cluster.metadata?.resourceVersion ?? "",
    ...defined({
      waitingFor: standing.waitingFor,
      problem: standing.problem,
      remedy: standing.remedy,
      endpoint: cluster.status?.host,
    }),
    topology,
    steps: stepsOf(standing.phase, facts),
    conditions,
    manifest: manifestOf(observed),
  };
}

/** The same without what only the database's own page shows. */
export function databaseSummary({
  topology: _t,
  steps: _s,
  conditions: _c,
  manifest: _m,
  ...summary
}: DatabaseDetail): Database {
  return summary;
}

function instanceCount({ cluster }: Observed, topology: Topology) {
  const wanted = (cluster.spec?.instances ?? []).reduce((sum, set) => sum + (set.replicas ?? 1), 0);
  return { wanted, ready: topology.instances.filter((instance) => instance.ready).length };
}

function poolerCount({ cluster }: Observed, topology: Topology) {
  const pooler = cluster.spec?.proxy?.pgBouncer;
  return {
    wanted: pooler === undefined ? 0 : (pooler.replicas ?? 1),
    ready: topology.poolers.filter((helper) => helper.ready).length,
  };
}

/** What a person would keep in git: no status, nothing that the server fills in. */
function manifestOf({ cluster }: Observed): unknown {
  const { name, namespace, labels, annotations, finalizers } = cluster.metadata ?? {};
  return {
    apiVersion: cluster.apiVersion ?? "pgv2.percona.com/v2",
    kind: cluster.kind ?? "PerconaPGCluster",
    metadata: defined({ name, namespace, labels, annotations, finalizers }),
    spec: cluster.spec ?? {},
  };
}
