/**
 * Times that a restore has left behind. After a restore to 09:00 that was done at 10:05, the history that PostgreSQL follows goes from 09:00 to
 * 10:05 at once; what was committed between is on an older timeline only. Pure.
 *
 * Source of all of it is the archive: the history file of the newest timeline says at which point, and why, each timeline ended, and the time at
 * which a history file was archived is when its timeline began. So it is known also after the resources of the restores are gone.
 */
import type { BackupInfo } from "../backup/info.ts";
import { type Problem, problem } from "../reasons.ts";
import { parseTime, type RestoreTarget } from "./target.ts";

export interface HistoryFile {
  readonly timeline: number;
  /** Milliseconds since 1970. */
  readonly archivedAt: number;
}

/** History files in what `pgbackrest repo-ls --output=json` tells of an archive, oldest timeline first. */
export function historyFiles(json: string): HistoryFile[] {
  let entries: Record<string, { readonly time?: number }>;
  try {
    entries = JSON.parse(json) as typeof entries;
  } catch {
    return [];
  }
  return Object.entries(entries)
    .flatMap(([name, { time = 0 }]): HistoryFile[] => {
      const match = /^([0-9A-F]{8})\.history$/.exec(name);
      return match?.[1] === undefined ? [] : [{ timeline: Number.parseInt(match[1], 16), archivedAt: time * 1000 }];
    })
    .sort((a, b) => a.timeline - b.timeline);
}

export const historyFileName = (timeline: number): string =>
  `${timeline.toString(16).toUpperCase().padStart(8, "0")}.history`;

/** A time span without commits on the newest timeline, while there were some on another. Milliseconds since 1970. */
export interface Abandoned {
  readonly from: number;
  readonly to: number;
}

/** `0/5000028` as a number. */
export function lsnOf(text: string): bigint | undefined {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  return match === null ? undefined : (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

/**
 * @param history text of the newest timeline's history file
 * @param backups of the same repository: where a timeline was left at a position, the last backup that ended before it is as near as one can know
 */
export function abandoned(history: string, files: readonly HistoryFile[], backups: readonly BackupInfo[]): Abandoned[] {
  const lines = history
    .split("\n")
    .map((line) => /^(\d+)\s+([0-9A-F]+\/[0-9A-F]+)\s+(.*)$/i.exec(line.trim()))
    .filter((match) => match !== null);
  return lines.flatMap(([, , position = "", why = ""], index): Abandoned[] => {
    // A failover follows all that there is.
    if (why.startsWith("no recovery target")) return [];
    const next = lines[index + 1]?.[1];
    const child = next === undefined ? files.at(-1) : files.find((f) => f.timeline === Number(next));
    if (child === undefined) return [];
    const told = /^(?:before|after) (\d{4}-.*)$/.exec(why)?.[1];
    const from = (told === undefined ? undefined : parseTime(told)) ?? lastBackupBefore(position, backups);
    return from === undefined || from >= child.archivedAt ? [] : [{ from, to: child.archivedAt }];
  });
}

function lastBackupBefore(position: string, backups: readonly BackupInfo[]): number | undefined {
  const end = lsnOf(position);
  const before = backups.filter((b) => {
    const stop = b.stopLsn === undefined ? undefined : lsnOf(b.stopLsn);
    return end !== undefined && stop !== undefined && stop <= end;
  });
  return before.length === 0 ? undefined : Math.max(...before.map((b) => b.endedAt)) * 1000;
}

/** The timeline on which commits were made at that time. */
export function timelineAt(time: number, files: readonly HistoryFile[]): number {
  return files.findLast((f) => f.archivedAt <= time)?.timeline ?? (files[0] === undefined ? 1 : files[0].timeline - 1);
}

/**
 * The history files up to the timeline that a restore follows, whose own is the last of them. None for the first timeline, nor for `current`:
 * that is the one of the backup, which is chosen later.
 */
export function followedFiles({ timeline = "latest" }: RestoreTarget, files: readonly HistoryFile[]): HistoryFile[] {
  if (timeline === "current") return [];
  return files.filter((f) => timeline === "latest" || f.timeline <= Number(timeline));
}

const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * A time whose data the followed timeline does not have is refused: recovery would stop at what came before it, without a word.
 *
 * @param spans those of the followed timeline
 * @param files all of the archive
 */
export function checkAbandoned(
  target: RestoreTarget,
  spans: readonly Abandoned[],
  files: readonly HistoryFile[],
): Problem | undefined {
  const { time, timeline = "latest" } = target;
  if (time === undefined) return undefined;
  const span = spans.find((s) => s.from < time && time < s.to);
  if (span === undefined) return undefined;
  const [data, give] = timeline === "latest" ? ["today's history", "Add"] : [`timeline ${timeline}`, "Use"];
  return problem(
    "TargetOutsideWindow",
    "spec.options",
    `${target.target} lies in a time that an earlier restore has left behind: from ${iso(span.from)} until ${iso(span.to)} the data of ${data} stand still. ${give} --target-timeline=${timelineAt(time, files)} for what was committed then, or choose a time outside of it.`,
  );
}
