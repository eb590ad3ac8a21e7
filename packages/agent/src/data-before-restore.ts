/**
 * After a restore the other instances still have the data from before it. They copy the restored ones, and keep what they had until the
 * copy is complete. Data are put aside only when they are known to be older than the restore, and when there is something to copy from.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Environment, Restored } from "./environment.ts";
import { keptDirectory } from "./kept-wal.ts";
import { errorText, log } from "./log.ts";
import { patroni } from "./patroni-rest.ts";
import { Refusal } from "./refusal.ts";
import { leaveMark, MARKS, type Marks, syncToDisk } from "./restore-marks.ts";

const ASIDE = ".before-restore";
/** An instance that the others can copy is looked for this long; then the container says why it waits, and starts again. */
const WAIT_MS = 120_000;
const LOOK_MS = 1_000;
const REMOVE_LOOK_MS = 10_000;

/** Where an instance's data are. The data directory comes last: while it is there, nothing has been put aside for good. */
export interface Places {
  readonly marks: Marks;
  readonly directories: readonly string[];
}

export const placesOf = (env: Environment): Places => ({
  marks: MARKS,
  directories: [
    env.walDirectory,
    keptDirectory(env.walDirectory),
    ...env.tablespaces.map((name) => `/tablespaces/${name}/data`),
    env.dataDirectory,
  ],
});

/**
 * - `none`: there is nothing to be put aside; the volume gets the restore's mark with its first data.
 * - `keep`: the data come from this restore, from a later one, or cannot be older than it.
 * - `older`: they are from before the restore.
 */
export type Data = "none" | "keep" | "older";

/** What is on the volume, as far as a restore is concerned. */
export function judge(places: Places, restored: Restored): Data {
  const data = places.directories.at(-1) ?? "";
  const found = existsSync(places.marks.restored) ? readFileSync(places.marks.restored, "utf8").trim() : undefined;
  if (found === restored.id) return "keep";
  if (!existsSync(data) || readdirSync(data).length === 0) return "none";
  if (restored.at === undefined) return "keep";
  // A mark is written when a restore's data come onto the volume. Its time tells which of two restores was the later one.
  return found === undefined || statSync(places.marks.restored).mtimeMs < restored.at ? "older" : "keep";
}

/** Before PostgreSQL starts. Waits for an instance to copy from, and never goes on with data from before the restore or in the midst of one. */
export async function prepareData(
  restored: Restored | undefined,
  places: Places,
  anotherLeads: () => Promise<boolean>,
): Promise<void> {
  if (restored !== undefined) await replaceOlder(restored, places, anotherLeads);
  // Last: data that are copied anew need not be complete.
  if (!existsSync(places.marks.began)) return;
  throw new Refusal(
    "RestoreUnfinished",
    "a restore has begun on this volume and has not ended; nothing is started on it",
  );
}

async function replaceOlder(restored: Restored, places: Places, anotherLeads: () => Promise<boolean>): Promise<void> {
  const data = judge(places, restored);
  if (data === "keep") return;
  if (data === "older") {
    log("info", "the data are from before the restore", { restored: restored.id });
    const deadline = Date.now() + WAIT_MS;
    while (!(await leaderIsThere(anotherLeads))) {
      if (Date.now() > deadline) {
        throw new Refusal(
          "WaitsForPrimary",
          `the data on this volume are from before restore ${restored.id}, and no instance leads whose data could be copied; nothing has been removed`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    putAside(places);
  }
  writeMark(places, restored);
}

async function leaderIsThere(anotherLeads: () => Promise<boolean>): Promise<boolean> {
  try {
    return await anotherLeads();
  } catch (error) {
    log("warn", "the leader is not known", { err: errorText(error) });
    return false;
  }
}

/** Renames what is there; may be repeated after any step. */
export function putAside({ directories }: Places): void {
  for (const directory of directories) {
    if (!existsSync(directory)) continue;
    // From an earlier restore whose copy was not completed: both are older than this one.
    rmSync(directory + ASIDE, { recursive: true, force: true });
    if (hasRoom(directory)) renameSync(directory, directory + ASIDE);
    else {
      log("warn", "no room for the data from before the restore beside the copy: they are removed", { directory });
      rmSync(directory, { recursive: true });
    }
    syncToDisk(dirname(directory));
  }
}

/**
 * From here on the data on the volume count as this restore's. What another restore has left unfinished lies aside or was never there; its mark
 * goes first, because with this restore's mark nobody would look again.
 */
export function writeMark({ marks: { restored: mark, began } }: Places, restored: Restored): void {
  rmSync(began, { force: true });
  leaveMark(mark, restored.id);
}

/** False when what a directory holds does not fit onto its volume once more. */
function hasRoom(directory: string): boolean {
  const used = spawnSync("du", ["-sk", directory], { encoding: "utf8" });
  const { bavail, bsize } = statfsSync(directory);
  return used.status !== 0 || Number.parseInt(used.stdout, 10) * 1024 < bavail * bsize;
}

/** Removes what was put aside. It may be a lot: the agent does its other work meanwhile. */
export async function removeAside({ directories }: Places): Promise<void> {
  for (const directory of directories) await rm(directory + ASIDE, { recursive: true, force: true });
}

/** True when Patroni's answer to `GET /patroni` says that this instance has a whole copy: it leads, or follows and streams. */
export function isWhole(answer: string): boolean {
  const { state, role, replication_state } = JSON.parse(answer) as Record<string, unknown>;
  return state === "running" && (role === "primary" || role === "master" || replication_state === "streaming");
}

/** Removes what was put aside, once this instance is a whole copy of the restored data. */
export function removeAsideWhenWhole(env: Environment): void {
  const places = placesOf(env);
  if (!places.directories.some((directory) => existsSync(directory + ASIDE))) return;
  const timer = setInterval(() => {
    patroni(env.patroniPort, "GET", "/patroni")
      .then(async ({ body }) => {
        if (!isWhole(body)) return;
        clearInterval(timer);
        await removeAside(places);
        log("info", "data from before the restore removed, the copy is complete", {});
      })
      .catch((error: unknown) => log("debug", "not known whether the copy is complete", { err: errorText(error) }));
  }, REMOVE_LOOK_MS);
}
