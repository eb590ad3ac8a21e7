/** PerconaPGBackup: one backup that is asked for, or that a schedule took. */
import type { Static } from "typebox";
import { condition } from "../kubernetes/conditions.ts";
import { field, int64, list, object, oneOf, required, rules, string, stringMap, time } from "../schema/builders.ts";
import { repository } from "./repositories.ts";
import { containerOptions, repoName } from "./shared.ts";

export const perconaPGBackupSpec = object(
  {
    containerOptions: field(containerOptions, "Environment of the backup Job's container."),
    method: field(oneOf(["pgbackrest", "volumeSnapshot"], { default: "pgbackrest" }), "How the backup is taken."),
    options: field(
      list(string()),
      "Options of pgbackrest backup, such as --type=full. Incremental when no type is given; the first one is full.",
    ),
    pgCluster: required(string(), "Name of the cluster, in the same namespace."),
    repoName: field(repoName(), "Repository that the backup goes to. Needed for method pgbackrest."),
  },
  rules([
    {
      message: "repoName is required when method is 'pgbackrest'",
      rule: `self.method == "volumeSnapshot" || has(self.repoName)`,
    },
  ]),
);
export interface PerconaPGBackupSpec extends Static<typeof perconaPGBackupSpec> {}

export const perconaPGBackupStatus = object({
  backupName: field(string(), "Label of the backup in the repository."),
  backupType: field(string(), "full, differential, incremental or snapshot."),
  completed: field(time(), "When the backup ended."),
  conditions: field(list(condition), "What is true now and why."),
  crVersion: field(string(), "crVersion of the cluster when the backup started."),
  destination: field(string(), "Where the backup is."),
  error: field(string(), "Why the backup failed."),
  image: field(string(), "Image that the backup was taken with."),
  jobName: field(string(), "Job that takes the backup."),
  latestRestorableTime: field(string(), "Latest point in time that can be restored from this backup and the archive."),
  repo: field(repository, "The repository as it was when the backup started."),
  size: field(int64(), "Bytes that this backup takes in the repository."),
  snapshot: field(
    object({
      dataVolumeSnapshotRef: field(string(), "Snapshot of the data volume."),
      tablespaceVolumeSnapshotRefs: field(stringMap(), "Snapshots of the tablespaces' volumes."),
      walVolumeSnapshotRef: field(string(), "Snapshot of the write-ahead log's volume."),
    }),
    "Snapshots that make up the backup (method volumeSnapshot).",
  ),
  state: field(string(), "Empty, Starting, Running, Succeeded or Failed."),
  storageType: field(string(), "filesystem, s3, gcs or azure."),
});
export interface PerconaPGBackupStatus extends Static<typeof perconaPGBackupStatus> {}
