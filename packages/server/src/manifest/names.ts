/** The names of Percona's PostgreSQL contract that the server reads and writes. */

export const GROUP = "pgv2.percona.com";
export const VERSION = "v2";
export const API_VERSION = `${GROUP}/${VERSION}`;
/** Behaviour level of the resource that this server writes. */
export const CR_VERSION = "3.1.0";

/** What a database may be called: a DNS label that can start a Service's name, with room for what the operator appends. */
export const databaseNameRule = { pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$", maxLength: 36 } as const;

export const label = {
  cluster: "postgres-operator.crunchydata.com/cluster",
  instance: "postgres-operator.crunchydata.com/instance",
  data: "postgres-operator.crunchydata.com/data",
  role: "postgres-operator.crunchydata.com/role",
  pguser: "postgres-operator.crunchydata.com/pguser",
} as const;

export const annotation = {
  switchover: "pgv2.percona.com/trigger-switchover",
  jobType: "pgv2.percona.com/pgbackrest-backup-job-type",
  /** On a restore: the timeline that was followed before it. */
  timelineBefore: "keelson.dev/timeline-before",
} as const;

export const finalizer = {
  deleteVolumes: "percona.com/delete-pvc",
  deleteCertificates: "percona.com/delete-ssl",
  deleteBackups: "percona.com/delete-backups",
} as const;

/** The field manager of everything this server applies. */
export const FIELD_MANAGER = "keelson-server";
