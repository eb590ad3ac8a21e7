/** Empties the repositories of a cluster that goes with its backups. */
import { kinds, NotYet, sleep, TransientError } from "@keelson/kube";
import { STANZA } from "../cluster/paths.ts";
import { type At, type Ran, runBackrest, runSql, sqlError } from "../runtime/pods.ts";
import type { Task } from "./plan-inside.ts";

type Deletion = Extract<Task, { type: "deleteBackups" }>;

/** How long one repository may take: an object store deletes segment by segment. */
const DELETE_MS = 300_000;

/** How soon it is looked again whether what was ended has let go of its lock. */
const BUSY_MS = 1_000;

/**
 * Ends what uses the repositories, and deletes them one after the other. Whoever takes the finalizer out while one of them cannot be deleted
 * keeps that one, so the log goes on into it until there is none left.
 */
export async function deleteBackups(task: Deletion, at: (pod: string) => At): Promise<void> {
  const { client, namespace, signal } = at(task.pod);
  const pgbackrest = (...args: string[]): Promise<Ran> =>
    runBackrest({ ...at(task.pod), timeoutMs: DELETE_MS }, [`--stanza=${STANZA}`, ...args]);
  for (const { name, uid } of task.jobs)
    await client.delete(kinds.Job, { namespace, name }, { uid, propagationPolicy: "Background", signal });
  for (const repo of task.repos) {
    // Anew for each: a stanza-delete takes the stop back, and a stop that is there already ends no process.
    await pgbackrest("--force", "stop");
    const { exitCode, stdout, stderr } = await pgbackrest(`--repo=${repo.slice(4)}`, "--force", "stanza-delete");
    if (exitCode === 0) continue;
    await pgbackrest("start");
    const reason = sqlError(stdout + stderr);
    // 050 = what has just been ended still has the lock.
    if (reason.includes("[050]")) throw new NotYet("RepositoryBusy", reason, { afterMs: BUSY_MS });
    throw new TransientError("BackupsNotDeleted", reason);
  }
  await stopArchiving(task, at);
}

/** Waits until PostgreSQL archives nothing any more, a few seconds at most: it only saves time at the shutdown. */
async function stopArchiving({ primary, store, config }: Deletion, at: (pod: string) => At): Promise<void> {
  if (primary === undefined) return;
  const { client, namespace, signal } = at(primary);
  const body = { metadata: { annotations: { config } } };
  await client.patch(kinds.Endpoints, { namespace, name: store }, { type: "merge", body }, { signal });
  for (let tries = 0; tries < 20; tries++) {
    const command = await runSql(at(primary), "postgres", "SHOW archive_command;\n").catch(() => "true");
    if (command.trim() === "true") return;
    await sleep(250, signal);
  }
}
