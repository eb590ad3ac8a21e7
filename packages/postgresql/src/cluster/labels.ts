/** Labels and annotations: the keys that existing selectors, dashboards and scripts rely on. */
import type { PgCluster } from "./model.ts";

export const PREFIX = "postgres-operator.crunchydata.com/";
const PERCONA = "pgv2.percona.com/";

export const label = {
  cluster: `${PREFIX}cluster`,
  instance: `${PREFIX}instance`,
  instanceSet: `${PREFIX}instance-set`,
  data: `${PREFIX}data`,
  patroni: `${PREFIX}patroni`,
  role: `${PREFIX}role`,
  certificate: `${PREFIX}cluster-certificate`,
  user: `${PREFIX}pguser`,
  backup: `${PREFIX}pgbackrest`,
  backupDedicated: `${PREFIX}pgbackrest-dedicated`,
  backupRepo: `${PREFIX}pgbackrest-repo`,
  backupVolume: `${PREFIX}pgbackrest-volume`,
  backupConfig: `${PREFIX}pgbackrest-config`,
  backupJob: `${PREFIX}pgbackrest-backup`,
  restoreJob: `${PREFIX}pgbackrest-restore`,
  version: `${PERCONA}version`,
} as const;

export const annotation = {
  switchover: `${PERCONA}trigger-switchover`,
  authorizeBackupRemoval: `${PERCONA}authorizeBackupRemoval`,
  overrideConfig: `${PERCONA}override-config`,
  backupJobName: `${PERCONA}pgbackrest-backup-job-name`,
  backupJobType: `${PERCONA}pgbackrest-backup-job-type`,
  /** What the agent has seen: JSON, see `AgentReport`. */
  agent: "keelson.dev/agent",
  /** Hash of the pod template that a pod was made from. */
  template: "keelson.dev/template",
  /** Which desired SQL (users, databases, extensions) has been applied: JSON, hash by topic. */
  applied: "keelson.dev/applied",
  /** JSON of a switchover that has been asked for. */
  switchoverPending: "keelson.dev/switchover",
  /** Name of the restore that the data come from, for the steps of a restore. What volumes are measured by is `restoredData`. */
  restored: "keelson.dev/restored",
  /** Instance to start first after a pause. */
  startup: "keelson.dev/startup-instance",
  /** Generation of the primary's reign, on its data volume: the highest knows best after all pods and locks are gone. */
  reign: "keelson.dev/reign",
} as const;

/** Labels of every object of the cluster. */
export function clusterLabels(c: PgCluster, component?: "pg" | "pgbouncer"): Record<string, string> {
  return {
    ...c.metadata.labels,
    "app.kubernetes.io/name": "percona-postgresql",
    "app.kubernetes.io/instance": c.name,
    "app.kubernetes.io/part-of": "percona-postgresql",
    "app.kubernetes.io/managed-by": "percona-postgresql-operator",
    ...(component === undefined ? {} : { "app.kubernetes.io/component": component }),
    [label.version]: `v${c.crVersion}`,
    [label.cluster]: c.name,
  };
}

/**
 * Labels that Patroni gives to, and looks for on, everything it touches. Nothing of the user's: instances with the labels of before and
 * of after a change would not see one another, and would be two clusters.
 */
export function patroniLabels(c: PgCluster): Record<string, string> {
  return { [label.cluster]: c.name, [label.patroni]: `${c.name}-ha` };
}

/** Labels of one instance's objects. */
export function instanceLabels(c: PgCluster, set: string, instance: string): Record<string, string> {
  return { ...clusterLabels(c, "pg"), [label.instance]: instance, [label.instanceSet]: set };
}
