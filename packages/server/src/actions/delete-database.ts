/** Deleting a database, with what it kept or without. */
import { type Client, isConflict, type Live, sleep } from "@keelson/kube";
import { noDatabase } from "../fleet/existing.ts";
import { type DatabaseKey, textOf } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";
import { FIELD_MANAGER, finalizer } from "../manifest/names.ts";
import { clusters, type PgCluster } from "../model/resources.ts";

/** What takes data along: volumes and passwords, certificates, and the backups wherever they are. */
const everything: readonly string[] = [finalizer.deleteVolumes, finalizer.deleteCertificates, finalizer.deleteBackups];

/** The operator writes status a few times when a database changes; each write may come between a look and the deletion. */
const ATTEMPTS = 5;
const WAIT_MS = 50;

/** What a deletion is about. */
interface Wish {
  readonly key: DatabaseKey;
  readonly deleteData: boolean;
  /** The incarnation; undefined until the first look when the caller named none. */
  uid: string | undefined;
  /** The finalizers of `everything` that were there before this deletion wrote its own; undefined while it has written none. */
  before: readonly string[] | undefined;
}

/**
 * Deletes the database; with `deleteData` everything it kept goes too, without it everything stays, whatever its finalizers said before.
 * It is deleted only with the finalizers that say so: who writes to it in between makes this look again. What cannot be deleted gets back
 * the finalizers it had, so that a later deletion takes along no more and no less than it would have.
 */
export async function deleteDatabase(
  { client }: { readonly client: Client },
  key: DatabaseKey,
  options: { readonly deleteData: boolean; readonly uid?: string | undefined },
): Promise<void> {
  const wish: Wish = { key, deleteData: options.deleteData, uid: options.uid, before: undefined };
  try {
    await unlessOvertaken(() => lookAndDelete(client, wish));
  } catch (error) {
    const { before } = wish;
    if (before !== undefined) {
      await unlessOvertaken(() => putBack(client, wish, before)).catch((cause) => {
        throw notPutBack(wish, before, [error, cause]);
      });
    }
    throw isConflict(error) ? overtaken(key, error) : error;
  }
}

async function lookAndDelete(client: Client, wish: Wish): Promise<void> {
  const { key, deleteData } = wish;
  const cluster = await client.get(clusters, key);
  if (cluster === undefined) {
    if (wish.before !== undefined) return;
    throw noDatabase(key);
  }
  const { uid, deletionTimestamp } = cluster.metadata;
  wish.uid ??= uid;
  if (wish.uid !== uid) {
    throw new ProblemError("Changed", `${textOf(key)} was deleted and made anew since you looked.`, {
      remedy: "Look at it again before you delete it.",
    });
  }
  const { takers, others } = finalizersOf(cluster);
  const missing = everything.filter((name) => !takers.includes(name));
  if (deletionTimestamp !== undefined) {
    if (deleteData && missing.length > 0) throw tooLateToDelete(key, missing);
    if (!deleteData && takers.length > 0) throw tooLateToKeep(key, takers);
    return;
  }
  let { resourceVersion } = cluster.metadata;
  if ((deleteData ? missing : takers).length > 0) {
    const finalizers = deleteData ? [...others, ...everything] : others;
    const patched = await write(client, wish, { resourceVersion, finalizers }, takers);
    resourceVersion = patched.metadata.resourceVersion;
  }
  await client.delete(clusters, key, { uid, resourceVersion });
}

/** Writes the finalizers, and remembers which ones they replace unless it was certainly not done. */
async function write(
  client: Client,
  wish: Wish,
  metadata: { readonly resourceVersion: string; readonly finalizers: readonly string[] },
  takers: readonly string[],
): Promise<Live<PgCluster>> {
  const { before } = wish;
  wish.before ??= takers;
  try {
    return await client.patch(
      clusters,
      wish.key,
      { type: "merge", body: { metadata } },
      { fieldManager: FIELD_MANAGER },
    );
  } catch (error) {
    if (isConflict(error)) wish.before = before;
    throw error;
  }
}

async function putBack(client: Client, { key, uid }: Wish, before: readonly string[]): Promise<void> {
  const cluster = await client.get(clusters, key);
  if (cluster === undefined || cluster.metadata.uid !== uid || cluster.metadata.deletionTimestamp !== undefined) return;
  const { resourceVersion } = cluster.metadata;
  const body = { metadata: { resourceVersion, finalizers: [...finalizersOf(cluster).others, ...before] } };
  await client.patch(clusters, key, { type: "merge", body }, { fieldManager: FIELD_MANAGER });
}

/** Those that take data along, and all others. */
function finalizersOf({ metadata: { finalizers = [] } }: Live<PgCluster>) {
  return {
    takers: everything.filter((name) => finalizers.includes(name)),
    others: finalizers.filter((name) => !everything.includes(name)),
  };
}

/** Repeats work that reads before it writes, when somebody wrote in between. Throws the last conflict in the end. */
async function unlessOvertaken(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
      await sleep(attempt * WAIT_MS);
    }
  }
}

function overtaken(key: DatabaseKey, cause: unknown): ProblemError {
  return new ProblemError(
    "Changed",
    `${textOf(key)} was not deleted: somebody wrote to it at each of ${ATTEMPTS} attempts. Its finalizers are as they were.`,
    { remedy: "Delete it again.", cause },
  );
}

/** The one state that must not pass unnoticed: a database that is there, and that the next deletion treats otherwise than its manifest says. */
function notPutBack(
  { key, deleteData }: Wish,
  before: readonly string[],
  [failure, cause]: readonly [failure: unknown, cause: unknown],
): ProblemError {
  const words = (error: unknown) => (error instanceof Error ? error.message : String(error));
  const next = deleteData ? "takes its volumes and backups along" : "keeps its volumes and backups";
  const were = before.length === 0 ? "none of them was there" : `of them ${before.join(", ")} was there`;
  return new ProblemError(
    "KubernetesFailed",
    `The deletion of ${textOf(key)} failed: ${words(failure)}. Its finalizers were changed for it and could not be put back: ${words(cause)}. If it is still there, any deletion ${next}.`,
    {
      remedy: `Delete it again, or correct metadata.finalizers (${everything.join(", ")}; before, ${were}): kubectl edit pg ${key.name} -n ${key.namespace}`,
      cause,
    },
  );
}

function tooLateToKeep(key: DatabaseKey, present: readonly string[]): ProblemError {
  return new ProblemError("Conflict", `${textOf(key)} is being deleted already, with data: ${present.join(", ")}.`, {
    remedy: `What is not gone yet stays when these are taken out of metadata.finalizers: kubectl edit pg ${key.name} -n ${key.namespace}`,
  });
}

function tooLateToDelete(key: DatabaseKey, missing: readonly string[]): ProblemError {
  return new ProblemError(
    "Conflict",
    `${textOf(key)} is being deleted already, without ${missing.join(", ")}: what these name stays, unless it is gone.`,
    {
      remedy:
        "When it is gone, create a database of the same name, which takes the data up again, and delete that one with its data.",
    },
  );
}
