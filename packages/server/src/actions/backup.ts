/** Asking for a backup, a restore or a switchover: whether it can be done now is said before anything is written. */
import { isAlreadyExists } from "@keelson/kube";
import type { CreateBackup, CreateRestore, Switchover } from "../api/requests.ts";
import type { Backup, DatabaseDetail } from "../api/views.ts";
import { type DatabaseKey, textOf } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";
import { backupManifest, type RestoreTarget, restoreManifest, timedName } from "../manifest/backup.ts";
import { annotation, FIELD_MANAGER } from "../manifest/names.ts";
import { backups, clusters, restores } from "../model/resources.ts";
import type { Parts } from "../parts.ts";
import { existing } from "../routes/existing.ts";

type Needed = Pick<Parts, "client" | "fleet" | "now">;

/** Asks for a backup and returns its name. `suffix` makes repeats of one request name the same backup. */
export async function createBackup(
  parts: Needed,
  key: DatabaseKey,
  request: CreateBackup,
  suffix: string | undefined,
): Promise<string> {
  const database = existing(parts.fleet, key);
  refuseWhile(database, ["deleting", "paused", "pausing", "restoring"], "be backed up");
  if (!database.backups.enabled) {
    throw new ProblemError("Conflict", `Backups of ${textOf(key)} are switched off.`, {
      remedy: "Switch them on in its manifest: spec.backups.enabled.",
    });
  }
  const type = request.type ?? "full";
  const repo = request.repo ?? firstRepo(database);
  const name = nameFor(parts, key.name, type, suffix);
  const manifest = backupManifest({ namespace: key.namespace, database: key.name, name, repo, type });
  await once(() => parts.client.create(backups, mutable(manifest), { fieldManager: FIELD_MANAGER }));
  return name;
}

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
  const name = nameFor(parts, key.name, "restore", suffix);
  const manifest = restoreManifest({
    namespace: key.namespace,
    database: key.name,
    name,
    repo: from?.repo ?? firstRepo(database),
    target,
  });
  await once(() => parts.client.create(restores, mutable(manifest), { fieldManager: FIELD_MANAGER }));
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
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/.test(target)
    ? new Date(target)
    : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) {
    throw new ProblemError("InvalidField", `'${target}' is not a moment.`, {
      field: "/target",
      value: target,
      remedy: `Use RFC 3339 with a zone, e.g. ${window.to}, or 'latest'.`,
    });
  }
  const earliest = from?.completedAt ?? window.from;
  if (at < new Date(earliest) || at > new Date(window.to)) {
    throw new ProblemError("InvalidField", `${at.toISOString()} is outside the time that can be restored.`, {
      field: "/target",
      value: target,
      remedy: `Choose a moment from ${earliest} to ${window.to}.`,
    });
  }
  return { kind: "time", at, label: from === undefined ? undefined : labelOf(from) };
}

/** Asks for a planned change of the primary. */
export async function switchover(parts: Needed, key: DatabaseKey, request: Switchover): Promise<void> {
  const database = existing(parts.fleet, key);
  refuseWhile(database, ["deleting", "paused", "pausing", "restoring", "creating"], "switch over");
  const candidates = database.topology.instances.filter((instance) => instance.role === "replica" && instance.ready);
  if (candidates.length === 0) {
    throw new ProblemError("Conflict", "There is no replica that is ready to become primary.", {
      remedy: "Wait until a replica is ready, or add an instance.",
    });
  }
  const { target } = request;
  const chosen =
    target === undefined
      ? undefined
      : candidates.find((instance) => instance.name === target || instance.pod === target);
  if (target !== undefined && chosen === undefined) {
    throw new ProblemError("InvalidField", `'${target}' is not a replica that is ready.`, {
      field: "/target",
      value: target,
      remedy: `Use one of ${candidates.map((instance) => instance.name).join(", ")}.`,
    });
  }
  const body = {
    metadata: { annotations: { [annotation.switchover]: parts.now().toISOString() } },
    // A merge patch removes a target that an earlier switchover left behind.
    spec: { patroni: { switchover: { enabled: true, type: "Switchover", targetInstance: chosen?.name ?? null } } },
  };
  await parts.client.patch(clusters, key, { type: "merge", body }, { fieldManager: FIELD_MANAGER });
}

function refuseWhile(database: DatabaseDetail, phases: readonly string[], verb: string): void {
  if (!phases.includes(database.phase)) return;
  throw new ProblemError("Conflict", `${textOf(database)} cannot ${verb} now: ${database.headline.toLowerCase()}.`, {
    remedy:
      database.phase === "paused"
        ? "Resume it first."
        : database.phase === "deleting"
          ? "It is going away."
          : "Wait until that is done.",
  });
}

function firstRepo(database: DatabaseDetail): string {
  const { spec } = database.manifest as {
    spec?: { backups?: { pgbackrest?: { repos?: readonly { name: string }[] } } };
  };
  return spec?.backups?.pgbackrest?.repos?.[0]?.name ?? "repo1";
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

function nameFor(parts: Needed, database: string, word: string, suffix: string | undefined): string {
  return suffix === undefined ? timedName(database, word, parts.now()) : `${database}-${word}-${suffix}`;
}

/** A repeat of a request that was carried out before a crash finds its own object: that is the answer, not a failure. */
async function once(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** The manifests are read-only; the kinds' types are not. */
function mutable<T extends { readonly spec: { readonly options: readonly string[] } }>(manifest: T) {
  return { ...manifest, spec: { ...manifest.spec, options: [...manifest.spec.options] } };
}
