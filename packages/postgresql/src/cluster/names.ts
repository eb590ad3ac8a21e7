/** Names of everything that belongs to a cluster, as the Percona operator documents them. */
import { createHash } from "node:crypto";
import { nameSuffix } from "@keelson/kube";

/** What a name is made from. */
export interface Named {
  readonly name: string;
}

export const haService = (c: Named): string => `${c.name}-ha`;
export const configService = (c: Named): string => `${c.name}-ha-config`;
export const failoverEndpoints = (c: Named): string => `${c.name}-ha-failover`;
export const syncEndpoints = (c: Named): string => `${c.name}-ha-sync`;
export const primaryService = (c: Named): string => `${c.name}-primary`;
export const replicaService = (c: Named): string => `${c.name}-replicas`;
export const podService = (c: Named): string => `${c.name}-pods`;
export const pooler = (c: Named): string => `${c.name}-pgbouncer`;
export const repoHost = (c: Named): string => `${c.name}-repo-host`;
export const repoHostPod = (c: Named): string => `${repoHost(c)}-0`;
export const clusterConfig = (c: Named): string => `${c.name}-config`;
export const backupConfig = (c: Named): string => `${c.name}-pgbackrest-config`;
export const initSqlRecord = (c: Named): string => `${c.name}-init-sql-record`;
export const instanceAccount = (c: Named): string => `${c.name}-instance`;
export const backupAccount = (c: Named): string => `${c.name}-pgbackrest`;
export const setBudget = (c: Named, set: string): string => `${c.name}-set-${set}`;
export const repoVolume = (c: Named, repo: string): string => `${c.name}-${repo}`;
export const restoreJob = (c: Named): string => `${c.name}-pgbackrest-restore`;
export const backupLease = (c: Named): string => `pg-${c.name}-backup-lock`;

export const caSecret = (c: Named): string => `${c.name}-cluster-ca-cert`;
export const serverSecret = (c: Named): string => `${c.name}-cluster-cert`;
export const replicationSecret = (c: Named): string => `${c.name}-replication-cert`;
export const backupSecret = (c: Named): string => `${c.name}-pgbackrest`;
export const poolerSecret = (c: Named): string => `${c.name}-pgbouncer`;
export const userSecret = (c: Named, user: string): string => `${c.name}-pguser-${user}`;

export const instanceConfig = (instance: string): string => `${instance}-config`;
export const instanceSecret = (instance: string): string => `${instance}-certs`;
export const instancePod = (instance: string): string => `${instance}-0`;
/** The instance that a pod of an instance's StatefulSet belongs to. */
export const instanceOfPod = (pod: string): string => pod.replace(/-0$/, "");
export const dataVolume = (instance: string): string => `${instance}-pgdata`;
export const walVolume = (instance: string): string => `${instance}-pgwal`;
export const tablespaceVolume = (instance: string, tablespace: string): string =>
  `${instance}-${tablespace}-tablespace`;

/** A short suffix that depends on nothing but its input, so that a retry after a crash finds the same name. */
export const suffix = (seed: string, length = 4): string =>
  nameSuffix(createHash("sha256").update(seed).digest().subarray(0, length));

/** Name of the n-th instance that a set of this cluster ever had. */
export function instanceName(c: Named & { readonly uid: string }, set: string, n: number): string {
  return `${c.name}-${set}-${suffix(`${c.uid}/${set}/${n}`)}`;
}
