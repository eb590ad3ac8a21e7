/** The kinds of `pgv2.percona.com/v2`: their types and descriptors. Loads no schema. */
import { describeKind, type Resource } from "../kind.ts";
import type { PerconaPGBackupSpec, PerconaPGBackupStatus } from "./backup.ts";
import type { PerconaPGClusterSpec } from "./cluster-spec.ts";
import type { PerconaPGClusterStatus } from "./cluster-status.ts";
import type { PerconaPGRestoreSpec, PerconaPGRestoreStatus } from "./restore.ts";
import type { PerconaPGUpgradeSpec, PerconaPGUpgradeStatus } from "./upgrade.ts";

export const PERCONA_PG_GROUP = "pgv2.percona.com";
export const PERCONA_PG_VERSION = "v2";

export interface PerconaPGCluster extends Resource<PerconaPGClusterSpec, PerconaPGClusterStatus> {}
export interface PerconaPGBackup extends Resource<PerconaPGBackupSpec, PerconaPGBackupStatus> {}
export interface PerconaPGRestore extends Resource<PerconaPGRestoreSpec, PerconaPGRestoreStatus> {}
export interface PerconaPGUpgrade extends Resource<PerconaPGUpgradeSpec, PerconaPGUpgradeStatus> {}

const kind = <T>(name: string) => describeKind<T>(PERCONA_PG_GROUP, PERCONA_PG_VERSION, name);

export const perconaPGClusters = kind<PerconaPGCluster>("PerconaPGCluster");
export const perconaPGBackups = kind<PerconaPGBackup>("PerconaPGBackup");
export const perconaPGRestores = kind<PerconaPGRestore>("PerconaPGRestore");
export const perconaPGUpgrades = kind<PerconaPGUpgrade>("PerconaPGUpgrade");
