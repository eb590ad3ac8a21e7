/** Asking for a restore in place: the moment is checked against what the backups reach before anything is written. */
import type { CreateRestore } from "../api/requests.ts";
import type { Backup, DatabaseDetail } from "../api/views.ts";
import { existing } from "../fleet/existing.ts";
import { type DatabaseKey, textOf } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";
import { type RestoreTarget, restoreManifest } from "../manifest/backup.ts";
import { restores } from "../model/resources.ts";
import type { Parts } from "../parts.ts";
import { ask, firstRepo, nameFor, reposOf } from "./ask.ts";
import { refuseWhile } from "./refuse-while.ts";

type Needed = Pick<Parts, "client" | "fleet" | "now">;

/** Asks for a restore in place and returns its name. */
export async function createRestore(
  parts: Needed,
  key: DatabaseKey,
  request: CreateRestore,
  suffix: string | undefined,
): Promise<string> {
  const database = existing(parts.fleet, key);
  refuseWhile(database, ["deleting", "paused", "pausing", "restoring"], "be restored");
  const all = parts.fleet.backups(key);
  const from = request.backup === undefined ? undefined : backupNamed(all, request.backup);
  const target = restoreTarget(request, database, from);
  const name = nameFor(key.name, "restore", { suffix, now: parts.now() });
  const manifest = restoreManifest({
    namespace: key.namespace,
    database: key.name,
    name,
    repo: from?.repo ?? repoFor(target, database, all),
    target,
  });
  await ask(parts.client, restores, manifest);
  return name;
}

/**
 * The first repository that reaches the target. The archive goes to all of them, so each ends where the window does; it begins with the first
 * backup that the repository itself has.
 */
export function repoFor(target: RestoreTarget, database: DatabaseDetail, backups: readonly Backup[]): string {
  const until = target.kind === "time" ? target.at.getTime() : Number.POSITIVE_INFINITY;
  const reaches = (repo: string) =>
    backups.some(
      ({ repo: own, state, completedAt = "" }) =>
        own === repo && state === "succeeded" && Date.parse(completedAt) <= until,
    );
  return reposOf(database).find(reaches) ?? firstRepo(database);
}

/** The target of a restore, checked against the window and against what earlier restores have left behind. */
export function restoreTarget(
  request: CreateRestore,
  database: DatabaseDetail,
  from: Backup | undefined,
): RestoreTarget {
  const { window } = database.backups;
  if (window === undefined) {
    throw new ProblemError("Conflict", `${textOf(database)} has no finished backup to restore from.`, {
      remedy: "Back it up first.",
    });
  }
  const { target, targetTimeline } = request;
  if (targetTimeline !== undefined && (target === undefined || target === "latest")) {
    throw new ProblemError("InvalidField", "A timeline is followed to a moment, and no moment was given.", {
      field: "/targetTimeline",
      value: targetTimeline,
      remedy: "Give the moment as 'target', or leave the timeline out.",
    });
  }
  if (target === undefined && from !== undefined) return { kind: "backup", label: labelOf(from) };
  if (target === undefined || target === "latest") return { kind: "latest" };
  const moment = momentFrom(target);
  if (moment === undefined) {
    throw new ProblemError("InvalidField", `'${target}' is not a moment.`, {
      field: "/target",
      value: target,
      remedy: `Use RFC 3339 with a zone, e.g. ${window.to}, or 'latest'.`,
    });
  }
  const { at, microseconds } = moment;
  const milliseconds = at.getTime() + Number(microseconds) / 1_000;
  const earliest = from?.completedAt ?? window.from;
  if (milliseconds < Date.parse(earliest) || milliseconds > Date.parse(window.to)) {
    throw new ProblemError("InvalidField", `${target} is outside the time that can be restored.`, {
      field: "/target",
      value: target,
      remedy: `Choose a moment from ${earliest} to ${window.to}.`,
    });
  }
  const label = from === undefined ? undefined : labelOf(from);
  return { kind: "time", ...moment, label, timeline: timelineFor(target, milliseconds, request, database) };
}

/** The timeline to follow to a moment; undefined for the latest. Which one a moment needs is never guessed: who asks says that it is wanted. */
function timelineFor(
  target: string,
  milliseconds: number,
  { targetTimeline }: CreateRestore,
  { backups, topology }: DatabaseDetail,
): number | undefined {
  if (targetTimeline === undefined) {
    const span = backups.leftBehind.find(
      ({ from, to }) => Date.parse(from) < milliseconds && milliseconds < Date.parse(to),
    );
    if (span === undefined) return undefined;
    throw new ProblemError("InvalidField", `${target} lies in a time that a restore has left behind.`, {
      field: "/target",
      value: target,
      remedy: `Add "targetTimeline": ${span.timeline} for what was committed before the restore that was complete at ${span.restoredAt}, or choose a moment that is not between ${span.from} and ${span.to}.`,
    });
  }
  const newest = Math.max(0, ...topology.instances.map(({ timeline }) => timeline ?? 0));
  if (newest === 0 || targetTimeline <= newest) return targetTimeline;
  throw new ProblemError("InvalidField", `There is no timeline ${targetTimeline} yet.`, {
    field: "/targetTimeline",
    value: targetTimeline,
    remedy: `Give one from 1 to ${newest}.`,
  });
}

/** The moment of an RFC 3339 text; undefined for another form, and for a day that no month has, which Date takes for a later one. */
function momentFrom(text: string): { readonly at: Date; readonly microseconds: string } | undefined {
  const [, day, fraction = ""] =
    /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.(\d{1,6}))?(?:Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const [midnight, at] = [new Date(`${day}T00:00:00Z`), new Date(text)];
  if (Number.isNaN(midnight.getTime()) || Number.isNaN(at.getTime())) return undefined;
  return midnight.toISOString().slice(0, 10) === day
    ? { at, microseconds: fraction.padEnd(6, "0").slice(3) }
    : undefined;
}

function backupNamed(all: readonly Backup[], name: string): Backup {
  const found = all.find((backup) => backup.name === name);
  if (found?.state === "succeeded") return found;
  throw new ProblemError(
    "InvalidField",
    found === undefined ? `There is no backup ${name}.` : `The backup ${name} has not succeeded.`,
    {
      field: "/backup",
      value: name,
      remedy: "Choose a backup that has succeeded.",
    },
  );
}

function labelOf(backup: Backup): string {
  if (backup.label !== undefined) return backup.label;
  throw new ProblemError("Conflict", `The label of backup ${backup.name} in the repository is not known yet.`, {
    remedy: "Wait a moment and try again.",
  });
}
