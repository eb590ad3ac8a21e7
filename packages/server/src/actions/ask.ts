/** Asking the operator for work by a resource of its own, once: what backups and restores have in common. */
import { type Client, isAlreadyExists, type Kind, type KubeObject } from "@keelson/kube";
import type { DatabaseDetail } from "../api/views.ts";
import { timedName } from "../manifest/backup.ts";
import { FIELD_MANAGER } from "../manifest/names.ts";

interface Manifest {
  readonly spec: { readonly options: readonly string[] };
}

/** Creates the object. A repeat of a request that was carried out before a crash finds its own object: that is the answer, not a failure. */
export async function ask<T extends KubeObject>(client: Client, kind: Kind<T>, manifest: Manifest): Promise<void> {
  try {
    await client.create(kind, manifest as unknown as T, { fieldManager: FIELD_MANAGER });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** `suffix` makes repeats of one request name the same object; without it the time does for a name. */
export function nameFor(
  database: string,
  word: string,
  { suffix, now }: { suffix: string | undefined; now: Date },
): string {
  return suffix === undefined ? timedName(database, word, now) : `${database}-${word}-${suffix}`;
}

/** The repositories of the manifest, in its order. */
export function reposOf(database: DatabaseDetail): string[] {
  const { spec } = database.manifest as {
    spec?: { backups?: { pgbackrest?: { repos?: readonly { name: string }[] } } };
  };
  return (spec?.backups?.pgbackrest?.repos ?? []).map(({ name }) => name);
}

/** The repository that is used when none was named. */
export const firstRepo = (database: DatabaseDetail): string => reposOf(database)[0] ?? "repo1";
