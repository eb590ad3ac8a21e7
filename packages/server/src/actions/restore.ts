/** Asking for a restore in place: the moment is checked against what the backups reach before anything is written. */
import type { CreateRestore } from "../api/requests.ts";
import type { Backup, DatabaseDetail } from "../api/views.ts";
import { existing } from "../fleet/existing.ts";
import { type DatabaseKey, textOf } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";
import { type RestoreTarget, restoreManifest } from "../manifest/backup.ts";
import { restores } from "../model/resources.ts";
import type { Parts } from "../parts.ts";
import { ask, firstRepo, nameFor } from "./ask.ts";
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
  const from = request.backup === undefined ? undefined : backupNamed(parts.fleet.backups(key), request.backup);
  const target = restoreTarget(request, database, from);
  const name = nameFor(key.name, "restore", { suffix, now: parts.now() });
  const manifest = restoreManifest({
    namespace: key.namespace,
    database: key.name,
    name,
    repo: from?.repo ?? firstRepo(database),
    target,
  });
  await ask(parts.client, restores, manifest);
  return name;
}

/** The target of a restore, checked against the window. */
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
  const { target } = request;
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
  return { kind: "time", ...moment, label: from === undefined ? undefined : labelOf(from) };
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
