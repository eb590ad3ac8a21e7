/** Asking for a backup: whether it can be done now is said before anything is written. */
import type { CreateBackup } from "../api/requests.ts";
import { existing } from "../fleet/existing.ts";
import { type DatabaseKey, textOf } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";
import { backupManifest } from "../manifest/backup.ts";
import { backups } from "../model/resources.ts";
import type { Parts } from "../parts.ts";
import { ask, firstRepo, nameFor } from "./ask.ts";
import { refuseWhile } from "./refuse-while.ts";

type Needed = Pick<Parts, "client" | "fleet" | "now">;

/** Asks for a backup and returns its name. `suffix` makes repeats of one request name the same backup. */
export async function createBackup(
  parts: Needed,
  key: DatabaseKey,
  request: CreateBackup,
  suffix: string | undefined,
): Promise<string> {
  const database = existing(parts.fleet, key);
  refuseWhile(database, ["deleting", "paused", "pausing", "restoring"], "be backed up");
  if (!database.backups.enabled) {
    throw new ProblemError("Conflict", `Backups of ${textOf(key)} are switched off.`, {
      remedy: "Switch them on in its manifest: spec.backups.enabled.",
    });
  }
  const type = request.type ?? "full";
  const repo = request.repo ?? firstRepo(database);
  const name = nameFor(key.name, type, { suffix, now: parts.now() });
  const manifest = backupManifest({ namespace: key.namespace, database: key.name, name, repo, type });
  await ask(parts.client, backups, manifest);
  return name;
}
