/** The kinds of `pgv2.percona.com/v2`, whole. */
import type { PrinterColumn, ResourceDefinition } from "../definition.ts";
import { markFields } from "../schema/mark-fields.ts";
import { perconaPGBackupSpec, perconaPGBackupStatus } from "./backup.ts";
import { perconaPGClusterSpec } from "./cluster-spec.ts";
import { perconaPGClusterStatus } from "./cluster-status.ts";
import { perconaPGBackups, perconaPGClusters, perconaPGRestores, perconaPGUpgrades } from "./kinds.ts";
import { perconaPGRestoreSpec, perconaPGRestoreStatus } from "./restore.ts";
import { perconaPGUpgradeSpec, perconaPGUpgradeStatus } from "./upgrade.ts";
import { withoutEffect } from "./without-effect.ts";

/** The version of the contract that these kinds follow; scripts read it from the CRDs. */
const labels = { "pgv2.percona.com/version": "v3.1.0" };

/** What a field's description ends with that is accepted and does nothing. */
export const NO_EFFECT = "Accepted for compatibility; has no effect in this version.";

const age: PrinterColumn = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

export const postgresqlDefinitions: readonly ResourceDefinition[] = [
  {
    kind: perconaPGClusters,
    shortNames: ["pg"],
    labels,
    description:
      "A PostgreSQL cluster: instances with high availability by Patroni, backups by pgBackRest, and PgBouncer in front.",
    spec: markFields(
      perconaPGClusterSpec,
      // Of a user's name only a few values have no effect.
      withoutEffect.map(({ path }) => path).filter((path) => path !== "users[].name"),
      NO_EFFECT,
    ),
    status: perconaPGClusterStatus,
    printerColumns: [
      { name: "Endpoint", type: "string", jsonPath: ".status.host" },
      { name: "Status", type: "string", jsonPath: ".status.state" },
      { name: "Postgres", type: "string", jsonPath: ".status.postgres.ready" },
      { name: "PGBouncer", type: "string", jsonPath: ".status.pgbouncer.ready" },
      age,
    ],
  },
  {
    kind: perconaPGBackups,
    shortNames: ["pg-backup"],
    labels,
    description: "A backup of a PostgreSQL cluster: asked for by creating this resource, or taken by a schedule.",
    spec: perconaPGBackupSpec,
    status: perconaPGBackupStatus,
    printerColumns: [
      { name: "Cluster", type: "string", jsonPath: ".spec.pgCluster", description: "Name of the cluster" },
      { name: "Repo", type: "string", jsonPath: ".spec.repoName", description: "Repository of the backup" },
      { name: "Destination", type: "string", jsonPath: ".status.destination", description: "Where the backup is" },
      { name: "Status", type: "string", jsonPath: ".status.state", description: "How far the backup is" },
      { name: "Type", type: "string", jsonPath: ".status.backupType", description: "Type of the backup" },
      { name: "Completed", type: "date", jsonPath: ".status.completed", description: "When the backup ended" },
      { ...age, description: "When the resource was created" },
    ],
  },
  {
    kind: perconaPGRestores,
    shortNames: ["pg-restore"],
    labels,
    description: "A restore of a PostgreSQL cluster in place, to the latest point or to a point in time.",
    spec: perconaPGRestoreSpec,
    status: perconaPGRestoreStatus,
    printerColumns: [
      { name: "Cluster", type: "string", jsonPath: ".spec.pgCluster", description: "Name of the cluster" },
      { name: "Status", type: "string", jsonPath: ".status.state", description: "How far the restore is" },
      { name: "Completed", type: "date", jsonPath: ".status.completed", description: "When the restore ended" },
      age,
    ],
  },
  {
    kind: perconaPGUpgrades,
    shortNames: [],
    labels,
    description: `An upgrade of a PostgreSQL cluster to a newer major version. ${NO_EFFECT}`,
    spec: perconaPGUpgradeSpec,
    status: perconaPGUpgradeStatus,
    printerColumns: [],
  },
];
