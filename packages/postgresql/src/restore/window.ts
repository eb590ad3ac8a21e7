/** Whether a target can be reached, before anything is stopped. Pure. */
import type { BackupInfo } from "../backup/info.ts";
import { type Problem, problem } from "../reasons.ts";
import { lsnOf } from "./abandoned.ts";
import type { RestoreTarget } from "./target.ts";

const iso = (ms: number): string => new Date(ms).toISOString();

/** Bytes of a segment, as initdb makes them unless told otherwise; our instances are not told. */
const SEGMENT_BYTES = 1n << 24n;

export interface Window {
  readonly repo: number;
  /** The latest time that the archive reaches (milliseconds since 1970); undefined when nobody can say. */
  readonly latest: number | undefined;
  /** Name of the last segment in the archive. */
  readonly lastSegment?: string | undefined;
}

/**
 * A time and a position are compared with what the repository holds. A transaction and a restore point cannot be: nobody knows them but the
 * write-ahead log itself.
 */
export function checkTarget(
  target: RestoreTarget,
  backups: readonly BackupInfo[],
  window: Window,
): Problem | undefined {
  const held = backups.filter((b) => b.repo === window.repo);
  if (held.length === 0)
    return problem("UnknownBackup", "spec.repoName", `repo${window.repo} holds no backup. Take one first.`);
  if (target.set !== undefined && target.set !== "latest" && !held.some((b) => b.label === target.set)) {
    return problem(
      "UnknownBackup",
      "spec.options",
      `repo${window.repo} holds no backup ${target.set}. It has ${held.map((b) => b.label).join(", ")}.`,
    );
  }
  // One with damaged pages is taken only by its name.
  const oldest = held.find((b) => !b.faulty || b.label === target.set);
  if (oldest === undefined) {
    const message = `All backups of repo${window.repo} have pages with wrong checksums. Add --set=${held.at(-1)?.label} to restore one all the same.`;
    return problem("UnknownBackup", "spec.options", message);
  }
  const first =
    held.find((b) => b.label === target.set) ?? (target.set === "latest" ? held.at(-1) : undefined) ?? oldest;
  if (target.time !== undefined) return checkTime(target, target.time, first, window);
  return target.type === "lsn" ? checkPosition(target, first, window) : undefined;
}

function checkTime(target: RestoreTarget, time: number, first: BackupInfo, { latest }: Window): Problem | undefined {
  // pgBackRest compares whole seconds, and wants a backup that ended in an earlier one.
  const from = (first.endedAt + 1) * 1000;
  const outside = (why: string): Problem =>
    problem(
      "TargetOutsideWindow",
      "spec.options",
      `${target.target} ${why}. This repository can restore from ${iso(from)} until ${latest === undefined ? "now" : iso(latest)}.`,
    );
  if (time < from) return outside("is before the end of the oldest backup");
  return latest !== undefined && time > latest ? outside("is after the last commit in the archive") : undefined;
}

/** The position after the last byte of a segment. */
function endOf(segment: string): bigint {
  const [log, number] = [segment.slice(8, 16), segment.slice(16, 24)].map((hex) => BigInt(`0x${hex}`));
  return ((log ?? 0n) << 32n) + ((number ?? 0n) + 1n) * SEGMENT_BYTES;
}

const positionText = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();

function checkPosition(target: RestoreTarget, first: BackupInfo, { lastSegment }: Window): Problem | undefined {
  const wanted = lsnOf(target.target ?? "");
  const from = lsnOf(first.stopLsn ?? "");
  const until = /^[0-9A-F]{24}$/.test(lastSegment ?? "") ? endOf(lastSegment ?? "") : undefined;
  if (wanted === undefined) return undefined;
  const outside = (why: string): Problem =>
    problem(
      "TargetOutsideWindow",
      "spec.options",
      `${target.target} ${why}. This repository can restore from ${from === undefined ? "its first backup" : positionText(from)} until ${until === undefined ? "its last segment" : positionText(until)}.`,
    );
  if (from !== undefined && wanted < from) return outside("is before the end of the oldest backup");
  // An older timeline may have gone further.
  const elsewhere = target.timeline !== undefined && target.timeline !== "latest";
  return until !== undefined && wanted > until && !elsewhere
    ? outside("is after the last segment in the archive")
    : undefined;
}
