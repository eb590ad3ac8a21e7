/** Write-ahead log that waits to be archived: PostgreSQL marks each finished segment with a file until its archive command has taken it. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export interface ArchiveBacklog {
  /** Since when the oldest one waits, in whole minutes, so that it changes seldom. RFC 3339. */
  readonly since: string;
  /** How many wait, rounded down to a power of two. */
  readonly segments: number;
}

/** Below this an archive is only slow, or a repository host is being restarted. */
const PATIENCE_MS = 120_000;

/** Undefined while nothing has waited for long. Never throws: without the directory there is nothing to archive. */
export function archiveBacklog(dataDirectory: string, now = Date.now()): ArchiveBacklog | undefined {
  const folder = join(dataDirectory, "pg_wal", "archive_status");
  let waiting: string[];
  let oldest = now;
  try {
    waiting = readdirSync(folder).filter((name) => name.endsWith(".ready"));
  } catch {
    return undefined;
  }
  for (const name of waiting) {
    try {
      oldest = Math.min(oldest, statSync(join(folder, name)).mtimeMs);
    } catch {
      // archived meanwhile
    }
  }
  if (now - oldest < PATIENCE_MS) return undefined;
  const minute = Math.floor(oldest / 60_000) * 60_000;
  return {
    since: new Date(minute).toISOString().replace(/\.\d+Z$/, "Z"),
    segments: 2 ** Math.floor(Math.log2(waiting.length)),
  };
}
