/** The PostgreSQL resources that the server reads and writes. */
import type { Kind, KubeObject } from "@keelson/kube";
import {
  type PerconaPGBackup,
  type PerconaPGCluster,
  type PerconaPGRestore,
  perconaPGBackups,
  perconaPGClusters,
  perconaPGRestores,
} from "@keelson/resources";

/** As others wrote it: an object that was just made has no status, and a webhook-less API may lack what the schema requires. */
export type PgCluster = KubeObject & Pick<PerconaPGCluster, "spec" | "status">;
export type PgBackup = KubeObject & Pick<PerconaPGBackup, "spec" | "status">;
export type PgRestore = KubeObject & Pick<PerconaPGRestore, "spec" | "status">;
export type StatusCondition = NonNullable<NonNullable<PgCluster["status"]>["conditions"]>[number];

export const clusters: Kind<PgCluster> = perconaPGClusters;
export const backups: Kind<PgBackup> = perconaPGBackups;
export const restores: Kind<PgRestore> = perconaPGRestores;
