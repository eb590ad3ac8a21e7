/**
 * Write-ahead log of a timeline that the cluster has left. After two failovers in a row several instances have a copy of the last segment before a fork,
 * each with another rest, and each of them archives its own when it is primary. pgBackRest takes the first and refuses the others, and
 * PostgreSQL would archive nothing more. What comes after the fork is not in the server's history, and what comes before it is in the next timeline's segment too.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** pgBackRest's exit code for a file of which the archive has another one. */
export const DUPLICATE = 45;

const SEGMENT = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?$/;
const HISTORY = /^([0-9A-F]{8})\.history$/;

/** Timeline of a server, with its `.history` file: per line a timeline, a tab and the position at which it was left. */
export interface Timeline {
  readonly id: number;
  readonly history: string;
}

/** What a segment's name says, with the position behind its end. */
interface Place {
  readonly timeline: number;
  readonly end: number;
}

function placeOf(segment: string, bytes: number): Place | undefined {
  const [, timeline, high = "", low = ""] = SEGMENT.exec(segment) ?? [];
  if (timeline === undefined) return undefined;
  const end = positionOf(high, "0") + (Number.parseInt(low, 16) + 1) * bytes;
  return { timeline: Number.parseInt(timeline, 16), end };
}

/** The position at which a timeline was left; undefined when it does not belong to that history. */
function forkOf(timeline: number, history: string): number | undefined {
  for (const line of history.split("\n")) {
    const [, left, high = "", low = ""] = /^\s*(\d+)\s+([0-9A-F]+)\/([0-9A-F]+)/.exec(line) ?? [];
    if (Number(left) === timeline) return positionOf(high, low);
  }
  return undefined;
}

const positionOf = (high: string, low: string): number =>
  Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);

/**
 * True when nothing in the history of that timeline needs this segment: the timeline was left in it or before it, or does not belong to that history.
 *
 * @param segmentBytes size of a whole segment
 */
export function isAfterFork(segment: string, { id, history }: Timeline, segmentBytes: number): boolean {
  const place = placeOf(segment, segmentBytes);
  if (place === undefined || place.timeline >= id) return false;
  const fork = forkOf(place.timeline, history);
  return fork === undefined || place.end > fork;
}

/** True for what that timeline has from before it: a segment that was whole when its own timeline was left, and an earlier timeline's history. */
export function isBeforeFork(name: string, { id, history }: Timeline, segmentBytes: number): boolean {
  const earlier = HISTORY.exec(name)?.[1];
  if (earlier !== undefined) return forkOf(Number.parseInt(earlier, 16), history) !== undefined;
  const place = name.endsWith(".partial") ? undefined : placeOf(name, segmentBytes);
  if (place === undefined || place.timeline >= id) return false;
  const fork = forkOf(place.timeline, history);
  return fork !== undefined && place.end <= fork;
}

/** The newest history among the names of a server's `pg_wal`; undefined while no timeline was ever left. */
export const newestHistory = (names: readonly string[]): string | undefined =>
  names
    .filter((name) => HISTORY.test(name))
    .sort()
    .at(-1);

/** @param name of a history */
export const timelineOf = (name: string, history: string): Timeline => ({ id: Number.parseInt(name, 16), history });

/** Whether the newest history beside a file of a server's `pg_wal` leaves it behind. */
export function isLeftBehind(path: string): boolean {
  const folder = dirname(path);
  const newest = newestHistory(readdirSync(folder));
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (newest === undefined || bytes === undefined) return false;
  return isAfterFork(basename(path), timelineOf(newest, readFileSync(join(folder, newest), "utf8")), bytes);
}
