/** What became of a backup, from what the repository says. Pure. */
import type { PerconaPGBackupStatus } from "@keelson/resources";
import { type BackupInfo, TYPE_WORDS } from "./info.ts";

type Found = Pick<PerconaPGBackupStatus, "backupName" | "backupType" | "size">;

export type BackupResult = { readonly found: Found } | { readonly failure: string; readonly found?: Found };

/**
 * A backup counts when it carries the Job's name, and only then. One with damaged pages fails: pgBackRest keeps it, and 2.60 refuses to restore it, so
 * nobody may rely on it; its label is told for those who have nothing else.
 */
export function resultOf(backups: readonly BackupInfo[], jobName: string): BackupResult {
  const backup = backups.find((b) => b.annotations["percona.com/backup-job-name"] === jobName);
  if (backup === undefined)
    return { failure: `Job ${jobName} has ended, and the repository has no backup of it. Take another one.` };
  const found = { backupName: backup.label, backupType: TYPE_WORDS[backup.type], size: backup.repositoryBytes };
  if (!backup.faulty) return { found };
  return {
    failure: `The data have pages with wrong checksums; "pgbackrest info --set=${backup.label}" on the repository host names the files. The damage is in the database, not in the backup alone: restore an earlier backup, or repair the tables, then take another one.`,
    found,
  };
}
