/** Moves pg_wal when the instance got, or lost, a volume for it. Killed at any point, it finds a whole pg_wal again and goes on. */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { log } from "./log.ts";
import { Refusal } from "./refusal.ts";

/** The link, or the directory, that the new link replaces; complete until it is removed. */
const REPLACED = ".before-move";

/** `done` hears the name of each step that is on disk, for tests. */
export function placeWal(dataDirectory: string, walDirectory: string, done: (step: string) => void = () => {}): void {
  const link = join(dataDirectory, "pg_wal");
  const replaced = link + REPLACED;
  const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isThere(replaced)) {
    // Killed while the link was replaced: what it replaced comes back, and all is done again. Or just before it was cleaned away.
    if (isThere(link)) clean(replaced, link);
    else renameSync(replaced, link);
  }
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there === undefined) return; // no database yet: initdb and the copies make it
  const current = there.isSymbolicLink() ? readlinkSync(link) : link;
  if (current === walDirectory) return;
  if (!existsSync(current)) {
    throw new Refusal(
      "WalMoveFailed",
      `pg_wal leads to ${current}, which is not mounted: give the instance set its walVolumeClaimSpec again`,
    );
  }
  log("info", "WAL is moved", { from: current, to: walDirectory });
  const staging = `${walDirectory}.moving`;
  rmSync(staging, { recursive: true, force: true });
  run("cp", ["-a", current, staging], walDirectory);
  done("copied");
  rmSync(walDirectory, { recursive: true, force: true });
  renameSync(staging, walDirectory);
  // All of it is on disk before the original loses its name.
  run("sync", ["-f", dirname(walDirectory)], walDirectory);
  done("placed");
  renameSync(link, replaced);
  done("replaced");
  symlinkSync(walDirectory, link);
  run("sync", ["-f", dataDirectory], walDirectory);
  done("linked");
  clean(replaced, link);
}

/** Removes what the link has replaced, and the directory that it led to. */
function clean(replaced: string, link: string): void {
  if (lstatSync(replaced).isSymbolicLink()) {
    const before = readlinkSync(replaced);
    if (before !== readlinkSync(link)) rmSync(before, { recursive: true, force: true });
  }
  rmSync(replaced, { recursive: true, force: true });
}

function run(command: string, args: readonly string[], target: string): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return;
  throw new Refusal("WalMoveFailed", `WAL could not be moved to ${target}: ${(stderr ?? error?.message ?? "").trim()}`);
}
