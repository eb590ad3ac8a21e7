/** What the operator tells about a PerconaPGCluster. */
import type { Static } from "typebox";
import { condition } from "../kubernetes/conditions.ts";
import {
  boolean,
  field,
  int32,
  int64,
  integer,
  list,
  mapList,
  object,
  required,
  string,
  time,
} from "../schema/builders.ts";

const logicalReplica = object({
  databases: field(list(string()), "Databases that are replicated."),
  invalidatedAt: field(time(), "When the replica stopped following."),
  message: field(string(), "What is wrong, in a sentence."),
  name: required(string(), "Name of the replica."),
  reason: field(string(), "What is wrong, in one word."),
  seededAt: field(time(), "When its first copy was complete."),
  state: field(string(), "bootstrapping, ready, broken or suspended."),
});

const job = object({
  active: field(int32(), "Pods that run now."),
  completionTime: field(time(), "When it ended."),
  failed: field(int32(), "Pods that failed."),
  finished: required(boolean(), "Whether it ended, well or not."),
  id: required(string(), "What asked for it."),
  startTime: field(time(), "When it started."),
  succeeded: field(int32(), "Pods that succeeded."),
});

const scheduledBackup = object({
  active: field(int32(), "Pods that run now."),
  completionTime: field(time(), "When the backup ended."),
  cronJobName: field(string(), "Name of the schedule."),
  failed: field(int32(), "Pods that failed."),
  repo: field(string(), "Repository of the backup."),
  startTime: field(time(), "When the backup started."),
  succeeded: field(int32(), "Pods that succeeded."),
  type: field(string(), "full, diff or incr."),
});

const repositoryStatus = object({
  bound: field(boolean(), "Whether the repository's claim has a volume."),
  desiredRepoVolume: field(string(), "Size that the volume would need."),
  name: required(string(), "Slot of the repository."),
  replicaCreateBackupComplete: field(boolean(), "Whether it holds the backup that replicas are made from."),
  repoOptionsHash: field(string(), "Hash of the options that the repository was set up with."),
  stanzaCreated: field(boolean(), "Whether the repository is set up for this cluster."),
  volume: field(string(), "Name of the volume."),
});

const pgbackrest = object({
  manualBackup: field(job, "The last backup that was asked for."),
  repoHost: field(
    object({
      apiVersion: field(string(), "API version of the repository host's workload."),
      kind: field(string(), "Kind of the repository host's workload."),
      ready: field(boolean(), "Whether it serves."),
    }),
    "The pod that serves the repositories.",
  ),
  repos: field(mapList(repositoryStatus), "The repositories."),
  restore: field(job, "The last restore."),
  scheduledBackups: field(list(scheduledBackup), "The last backups that were taken by schedule."),
});

const patroni = object({
  status: field(
    object({
      switchover: field(string(), "Value of the switchover annotation that was handled last."),
      switchoverTimeline: field(int64(), "Timeline that this switchover started."),
      systemIdentifier: field(string(), "PostgreSQL's identifier of the data."),
    }),
    "What Patroni tells.",
  ),
  version: field(string(), "Version of Patroni."),
});

const postgres = object({
  distribution: field(string(), "Who built PostgreSQL: percona or community."),
  imageID: field(string(), "Image that the databases run, with its digest."),
  instances: field(
    list(
      object({
        name: required(string(), "Name of the set."),
        ready: required(int32(), "Instances that are ready."),
        size: required(int32(), "Instances that are wanted."),
      }),
    ),
    "Counts for each instance set.",
  ),
  ready: field(int32(), "Instances that are ready."),
  size: field(int32(), "Instances that are wanted."),
  version: field(integer(), "Major version."),
});

export const perconaPGClusterStatus = object({
  conditions: field(list(condition), "What is true now and why."),
  host: field(string(), "Host that applications connect to: the pooler, or the primary where there is none."),
  installedCustomExtensions: field(list(string()), "Custom extensions that are asked for."),
  logicalReplicas: field(mapList(logicalReplica), "The logical replicas."),
  observedGeneration: field(int64(), "The metadata.generation that this status is about."),
  patroni: field(patroni, "High availability."),
  patroniVersion: field(string(), "Old place of patroni.version."),
  pgbackrest: field(pgbackrest, "Backups and repositories."),
  pgbouncer: field(
    object({
      ready: required(int32(), "Poolers that are ready."),
      size: required(int32(), "Poolers that are wanted."),
    }),
    "The poolers.",
  ),
  postgres: field(postgres, "The instances."),
  standby: field(
    object({
      lagBytes: field(int64(), "Bytes of write-ahead log behind the source."),
      lagLastComputedAt: field(time(), "When this was measured."),
    }),
    "How far a standby cluster is behind.",
  ),
  state: field(string(), "initializing, ready, stopping or paused."),
});
export interface PerconaPGClusterStatus extends Static<typeof perconaPGClusterStatus> {}
