/**
 * Log from before a primary's reign. Whoever led before may have been lost, or cut off from the repository, with finished segments that it had not
 * archived. Its successor has them by replication, and PostgreSQL archives only what it has written itself: a hole in the archive would
 * stay, which no restore gets past.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { askPgbackrest } from "./ask-pgbackrest.ts";
import type { Environment } from "./environment.ts";
import { inherited, newestTimeline } from "./left-behind.ts";
import { errorText, log } from "./log.ts";
import { runningPostmaster } from "./postmaster-watch.ts";

const LOOK_MS = 10_000;
const CONFIGURATION = "/etc/pgbackrest/conf.d";

/** Calls `push` for each file of the history before the newest timeline there, oldest first; the archive has most of them. */
export async function archiveInherited(wal: string, push: (path: string) => Promise<unknown>): Promise<void> {
  for (const name of inherited(wal)) await push(join(wal, name));
}

/** The folder is there without backups too, but empty. */
const hasRepository = (): boolean =>
  existsSync(CONFIGURATION) && readdirSync(CONFIGURATION).some((name) => name.endsWith(".conf"));

/** Does that once for each timeline on which this instance leads, and again until the archive has taken everything. */
export function keepArchiveWhole({ dataDirectory, walDirectory }: Environment): NodeJS.Timeout {
  let archived: number | undefined;
  let busy = false;
  return setInterval(() => {
    const leads = runningPostmaster(dataDirectory) !== undefined && !existsSync(join(dataDirectory, "standby.signal"));
    const timeline = leads ? newestTimeline(walDirectory)?.id : undefined;
    if (busy || timeline === undefined || timeline === archived || !hasRepository()) return;
    busy = true;
    archiveInherited(walDirectory, (path) => askPgbackrest(["archive-push", "--no-archive-async", path]))
      .then(() => {
        archived = timeline;
      })
      .catch((error: unknown) =>
        log("warn", "log from before this timeline is not archived", { err: errorText(error) }),
      )
      .finally(() => {
        busy = false;
      });
  }, LOOK_MS);
}
