/** The marks with which a restore says on the volume how far it is, so that a Job that comes after it goes on from there. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { RESTORE_BEGAN_MARK, RESTORED_MARK } from "./environment.ts";
import { dropKeptWal } from "./kept-wal.ts";

/** Paths of the two marks. */
export interface Marks {
  /** Names the restore that the data come from. */
  readonly restored: string;
  /** There while the data are incomplete. */
  readonly began: string;
}

export const MARKS: Marks = { restored: RESTORED_MARK, began: RESTORE_BEGAN_MARK };

/** True when the data on the volume come from that restore, whole. */
export const isRestored = (id: string, { restored }: Marks): boolean =>
  existsSync(restored) && readFileSync(restored, "utf8").trim() === id;

/** Leaves a mark, whole and on disk: what comes after it relies on it, also after a power failure. */
export function leaveMark(mark: string, id: string): void {
  writeFileSync(`${mark}.new`, `${id}\n`);
  syncToDisk(`${mark}.new`);
  renameSync(`${mark}.new`, mark);
  syncToDisk(dirname(mark));
}

/** Removes the marks with which Patroni says that data are not whole (`bin/whole_data.py`): a restore makes them anew. */
export function forgetCutOff(data: string): void {
  for (const activity of ["copying", "rewinding", "initializing"]) rmSync(`${data}.${activity}`, { force: true });
}

/** Has a file, or the names in a directory, on disk. */
export function syncToDisk(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The data are whole. May be repeated after any step: the first one tells that only the others are left. */
export function complete(id: string, wal: string, { restored, began }: Marks): void {
  leaveMark(restored, id);
  dropKeptWal(wal);
  rmSync(began, { force: true });
}
