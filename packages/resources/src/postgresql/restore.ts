/** PerconaPGRestore: brings a cluster back to an earlier state, in place. */
import type { Static } from "typebox";
import { condition } from "../kubernetes/conditions.ts";
import { field, list, object, required, rules, string, time } from "../schema/builders.ts";
import { containerOptions } from "./shared.ts";

/** A name that must stay what it was when the restore was created. */
const fixed = (name: string, pattern?: string) =>
  string({
    ...(pattern === undefined ? {} : { pattern }),
    rules: [{ message: `${name} is an immutable field`, rule: "self == oldSelf" }],
  });

export const perconaPGRestoreSpec = object(
  {
    containerOptions: field(containerOptions, "Environment of the restore Job's container."),
    options: field(
      list(string()),
      "Options of pgbackrest restore, such as --set, --type=time and --target. The latest point when left out.",
    ),
    pgCluster: required(fixed("pgCluster"), "Name of the cluster, in the same namespace."),
    repoName: field(fixed("repoName", "^repo[1-4]$"), "Repository that is restored from."),
    volumeSnapshotBackupName: field(
      fixed("volumeSnapshotBackupName"),
      "PerconaPGBackup of method volumeSnapshot that is restored. With repoName, its archive is replayed after it.",
    ),
  },
  rules([
    {
      message: "either repoName or volumeSnapshotBackupName must be set",
      rule: `((has(self.repoName) && self.repoName != "") || (has(self.volumeSnapshotBackupName) && self.volumeSnapshotBackupName != ""))`,
    },
  ]),
);
export interface PerconaPGRestoreSpec extends Static<typeof perconaPGRestoreSpec> {}

export const perconaPGRestoreStatus = object({
  completed: field(time(), "When the restore ended."),
  conditions: field(list(condition), "Whether the restore succeeded, and why it did not."),
  jobName: field(string(), "Job that restores."),
  state: field(string(), "Empty, Starting, Running, Succeeded or Failed."),
});
export interface PerconaPGRestoreStatus extends Static<typeof perconaPGRestoreStatus> {}
