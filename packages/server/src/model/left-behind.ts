/**
 * Time that a restore has left behind: what was committed in it is on an older timeline only. Pure.
 *
 * The operator knows it exactly, from the archive, and refuses a target in it that names no timeline. This is what the resources tell of it, so that a
 * person hears of it before asking. Where they do not tell, because a restore's resource is gone, the operator has the word.
 */
import type { LeftBehind } from "../api/views.ts";
import { annotation } from "../manifest/names.ts";
import { isoTime, momentOf } from "./observed.ts";
import type { PgBackup, PgRestore } from "./resources.ts";

/** A restore that has succeeded. Times as RFC 3339 in UTC with milliseconds, which sort as text. */
interface Done {
  /** The moment to which the data went back. */
  readonly target: string;
  readonly askedAt: string;
  readonly doneAt: string;
  /** The timeline that was followed up to then; 0 when it is not known. */
  readonly timelineBefore: number;
}

/** The spans that today's data lack, oldest first; one of them lies between two restores, and so on one timeline (with those that it came from). */
export function leftBehind(restores: readonly PgRestore[], backups: readonly PgBackup[]): LeftBehind[] {
  const done = restores.flatMap((restore) => doneOf(restore, backups) ?? []).sort((a, b) => order(a.doneAt, b.doneAt));
  return goneBack(done).flatMap(({ target, askedAt }) =>
    done.flatMap((restore, index): LeftBehind[] => {
      const from = later(target, done[index - 1]?.doneAt ?? target);
      const to = restore.askedAt;
      const { timelineBefore: timeline, doneAt: restoredAt } = restore;
      return from < to && to <= askedAt && timeline > 0 ? [{ from, to, timeline, restoredAt }] : [];
    }),
  );
}

/** The restores whose target lies on the way to today's data, oldest first: one that was itself left behind later is none of them. */
function goneBack(done: readonly Done[]): Done[] {
  const last = done.at(-1);
  if (last === undefined) return [];
  return [...goneBack(done.slice(0, -1).filter((one) => one.doneAt <= last.target)), last];
}

function doneOf(restore: PgRestore, backups: readonly PgBackup[]): Done | undefined {
  const askedAt = isoTime(restore.metadata?.creationTimestamp);
  const doneAt = isoTime(restore.status?.completed);
  if (restore.status?.state !== "Succeeded" || askedAt === undefined || doneAt === undefined) return undefined;
  const timelineBefore = Number(restore.metadata?.annotations?.[annotation.timelineBefore] ?? 0);
  return { target: targetOf(restore, backups) ?? askedAt, askedAt, doneAt, timelineBefore };
}

/** Undefined for the end of the archive, and for a point whose time nobody here knows. */
function targetOf({ spec }: PgRestore, backups: readonly PgBackup[]): string | undefined {
  const value = (name: string) =>
    spec?.options?.find((option) => option.startsWith(`--${name}=`))?.slice(name.length + 3);
  // A target without a type is a time.
  if ((value("type") ?? "time") === "time") return momentOf(value("target"));
  const label = value("type") === "immediate" ? value("set") : undefined;
  return isoTime(backups.find((one) => label !== undefined && one.status?.backupName === label)?.status?.completed);
}

const order = (a: string, b: string): number => a.localeCompare(b);
const later = (a: string, b: string): string => (a > b ? a : b);
