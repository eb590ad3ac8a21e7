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

/** True for what the history of that timeline needs: a segment that was whole when its timeline was left, and the history of an earlier one. */
export function isBeforeFork(name: string, { id, history }: Timeline, segmentBytes: number): boolean {
  const earlier = HISTORY.exec(name)?.[1];
  if (earlier !== undefined) return forkOf(Number.parseInt(earlier, 16), history) !== undefined;
  const place = name.endsWith(".partial") ? undefined : placeOf(name, segmentBytes);
  if (place === undefined || place.timeline >= id) return false;
  const fork = forkOf(place.timeline, history);
  return fork !== undefined && place.end <= fork;
}

function placeOf(segment: string, bytes: number): { readonly timeline: number; readonly end: number } | undefined {
  const [, timeline, high = "", low = ""] = SEGMENT.exec(segment) ?? [];
  if (timeline === undefined) return undefined;
  return {
    timeline: Number.parseInt(timeline, 16),
    end: positionOf(high, "0") + (Number.parseInt(low, 16) + 1) * bytes,
  };
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

/** The newest timeline of which a server's `pg_wal` has the history; undefined when none was ever left. */
export function newestTimeline(folder: string): Timeline | undefined {
  const newest = readdirSync(folder)
    .filter((name) => HISTORY.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) return undefined;
  return { id: Number.parseInt(newest, 16), history: readFileSync(join(folder, newest), "utf8") };
}

/** Whether the newest history beside a file of a server's `pg_wal` leaves it behind. */
export function isLeftBehind(path: string): boolean {
  const timeline = newestTimeline(dirname(path));
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  return timeline !== undefined && bytes !== undefined && isAfterFork(basename(path), timeline, bytes);
}

/** Names of the files in a server's `pg_wal` that the newest history there needs from before it, oldest first. */
export function inherited(folder: string): string[] {
  const timeline = newestTimeline(folder);
  if (timeline === undefined) return [];
  const bytes = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return readdirSync(folder)
    .filter((name) => isBeforeFork(name, timeline, bytes(name)))
    .sort();
}
