/**
 * Lets old backups go when the new one is known to be sound. pgBackRest by itself would count one with damaged pages like any other: a few of them, and
 * the last good backups were gone.
 */
import type { BackupRequest, Ports } from "./backup.ts";
import { errorText, log } from "./log.ts";
import { readRepository } from "./repository.ts";

/** Never rejects: what is not removed now is removed after the next backup. */
export async function applyRetention({ jobName, options, expires }: BackupRequest, exec: Ports["exec"]): Promise<void> {
  if (expires !== true) return;
  try {
    const { stdout } = await exec(["pgbackrest", "--stanza=db", "info", "--output=json"], true);
    if (readRepository(stdout, jobName)?.isSound !== true) {
      log("warn", "old backups are kept: the new one is not known to be without damage", {});
      return;
    }
    const repo = options.filter((option) => option.startsWith("--repo="));
    const { exitCode } = await exec(["pgbackrest", "expire", "--stanza=db", ...repo]);
    if (exitCode !== 0) log("warn", "old backups were not removed", { exitCode });
  } catch (error) {
    log("warn", "old backups were not removed", { err: errorText(error) });
  }
}
