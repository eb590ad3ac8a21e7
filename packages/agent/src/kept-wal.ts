/**
 * The write-ahead log from before a restore. It is complete in the archive before anything is overwritten, and stays on the volume, out of
 * the way, until the restore has succeeded: what was committed last before a crash is nowhere else.
 */
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const SEGMENT = /^[0-9A-F]{24}$/;
const SEGMENT_OR_HISTORY = /^([0-9A-F]{24}|[0-9A-F]{8}\.history)$/;

/** Where the log waits. Beside its own place, so that it moves without being copied. Data that are put aside have another name. */
export const keptDirectory = (wal: string): string => `${wal}.kept`;

const list = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory).sort() : []);

/** Files that PostgreSQL wanted in the archive and that are not there yet, oldest first. */
export function unarchived(wal: string): string[] {
  const suffix = ".ready";
  return list(join(wal, "archive_status"))
    .filter((name) => name.endsWith(suffix))
    .map((name) => name.slice(0, -suffix.length));
}

/** Notes that a file is in the archive, as PostgreSQL does. */
export function markArchived(wal: string, name: string): void {
  const mark = join(wal, "archive_status", name);
  renameSync(`${mark}.ready`, `${mark}.done`);
}

/** Moves the log out of the way. What an earlier try has moved stays: that is the log from before. */
export function keepWal(wal: string): void {
  const kept = keptDirectory(wal);
  if (existsSync(kept) || !existsSync(wal)) return;
  renameSync(wal, kept);
  mkdirSync(wal, { mode: 0o700 });
}

/** Copies what is kept to where recovery finds it when the archive does not have it. */
export function putWalBack(wal: string): void {
  const kept = keptDirectory(wal);
  for (const name of list(kept)) {
    const archived = existsSync(join(kept, "archive_status", `${name}.done`));
    if (archived || !SEGMENT_OR_HISTORY.test(name) || existsSync(join(wal, name))) continue;
    copyFileSync(join(kept, name), join(wal, name), constants.COPYFILE_FICLONE);
  }
}

/** The timeline that the kept log is on: the newest one in it. */
export function keptTimeline(wal: string): number | undefined {
  const last = list(keptDirectory(wal)).findLast((name) => SEGMENT.test(name));
  return last === undefined ? undefined : Number.parseInt(last.slice(0, 8), 16);
}

/** The restore has succeeded. */
export function dropKeptWal(wal: string): void {
  rmSync(keptDirectory(wal), { recursive: true, force: true });
}
