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
  const [, timeline = "", high = "", low = ""] = SEGMENT.exec(segment) ?? [];
  const own = Number.parseInt(timeline, 16);
  if (Number.isNaN(own) || own >= id) return false;
  const start = positionOf(high, "0") + Number.parseInt(low, 16) * segmentBytes;
  for (const line of history.split("\n")) {
    const [, left, leftHigh = "", leftLow = ""] = /^\s*(\d+)\s+([0-9A-F]+)\/([0-9A-F]+)/.exec(line) ?? [];
    if (Number(left) === own) return start + segmentBytes > positionOf(leftHigh, leftLow);
  }
  return true;
}

const positionOf = (high: string, low: string): number =>
  Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);

/** The same of a file in a server's `pg_wal`, as far as the newest history there says. */
export function isLeftBehind(path: string): boolean {
  const folder = dirname(path);
  const newest = readdirSync(folder)
    .filter((name) => HISTORY.test(name))
    .sort()
    .at(-1);
  const bytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (newest === undefined || bytes === undefined) return false;
  const timeline = { id: Number.parseInt(newest, 16), history: readFileSync(join(folder, newest), "utf8") };
  return isAfterFork(basename(path), timeline, bytes);
}
