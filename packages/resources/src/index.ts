/**
 * Every kind Keelson serves: TypeScript types and kind descriptors.
 *
 * This entry loads no schema, so that it costs an operator nothing. The schemas, CRDs and reference pages that the types come from
 * are in `@keelson/resources/definitions`.
 */
export type { KindDescriptor, Resource } from "./kind.ts";
export type { PersistentVolumeClaimSpec } from "./kubernetes/claims.ts";
export type { ResourceRequirements } from "./kubernetes/compute.ts";
export type { Condition } from "./kubernetes/conditions.ts";
export type { Container, VolumeMount } from "./kubernetes/container.ts";
export type { EnvFromSource, EnvVar } from "./kubernetes/environment.ts";
export type { Probe } from "./kubernetes/probes.ts";
export type { VolumeProjection } from "./kubernetes/projections.ts";
export type { Affinity, Toleration, TopologySpreadConstraint } from "./kubernetes/scheduling.ts";
export type { PodSecurityContext, SecurityContext } from "./kubernetes/security.ts";
export type {
  KeySelector,
  LabelSelector,
  LocalObjectReference,
  ObjectMetadata,
  SecretProjection,
} from "./kubernetes/selectors.ts";
export type { Volume, VolumeSource } from "./kubernetes/volumes.ts";
export type { Authentication, AuthenticationRule, Tls, TlsSecrets } from "./postgresql/access.ts";
export type { PerconaPGBackupSpec, PerconaPGBackupStatus } from "./postgresql/backup.ts";
export type { Backups } from "./postgresql/backups.ts";
export type { PerconaPGClusterSpec } from "./postgresql/cluster-spec.ts";
export type { PerconaPGClusterStatus } from "./postgresql/cluster-status.ts";
export type { DataSource } from "./postgresql/data-source.ts";
export type { Extensions } from "./postgresql/extensions.ts";
export type { InstanceSet } from "./postgresql/instances.ts";
export {
  PERCONA_PG_GROUP,
  PERCONA_PG_VERSION,
  type PerconaPGBackup,
  type PerconaPGCluster,
  type PerconaPGRestore,
  type PerconaPGUpgrade,
  perconaPGBackups,
  perconaPGClusters,
  perconaPGRestores,
  perconaPGUpgrades,
} from "./postgresql/kinds.ts";
export type { LogicalReplica } from "./postgresql/logical-replicas.ts";
export type { LogCollector, Pmm } from "./postgresql/monitoring.ts";
export type { PostgresConfig } from "./postgresql/parameters.ts";
export type { Patroni } from "./postgresql/patroni.ts";
export type { PgBouncer, Proxy } from "./postgresql/proxy.ts";
export type { Repository } from "./postgresql/repositories.ts";
export type { PerconaPGRestoreSpec, PerconaPGRestoreStatus } from "./postgresql/restore.ts";
export type { ContainerOptions, InitContainer, ServiceExpose, SidecarPvc } from "./postgresql/shared.ts";
export type { Standby } from "./postgresql/standby.ts";
export type { PerconaPGUpgradeSpec, PerconaPGUpgradeStatus } from "./postgresql/upgrade.ts";
export type { User } from "./postgresql/users.ts";
export {
  type FieldWithoutEffect,
  fieldsWithoutEffect,
  RESERVED_USERS,
  withoutEffect,
} from "./postgresql/without-effect.ts";
