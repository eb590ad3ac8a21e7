/** Does the work inside the pods, notes what was done, and what could not be done. */
import { kinds, NotYet, type ReconcileContext, TransientError } from "@keelson/kube";
import { admission } from "../cluster/admission.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { failureOf } from "../cluster/failure.ts";
import { STANZA } from "../cluster/paths.ts";
import { appliedMarks, MARKED } from "../cluster/view.ts";
import { type At, callAgent, runBackrest, runScripts, sqlError } from "../runtime/pods.ts";
import { deleteBackups } from "./delete-backups.ts";
import { type InitSqlContext, runInitSql } from "./init-sql.ts";
import { recordInitSql, unrecordedMarks } from "./init-sql-record.ts";
import { FAILED } from "./marks.ts";
import { type Marks, note } from "./notes.ts";
import { initSqlWaitMs } from "./plan-init-sql.ts";
import { planInside, type Task } from "./plan-inside.ts";

/** How long a first connection of all hosts to a repository may take: pgBackRest itself waits for each of them for a minute. */
const STANZA_MS = 300_000;

/** How long a repository is left alone that an instance archives into: the lock is one for both. */
const BUSY_MS = 1_000;

/** How long what the user has to put right elsewhere is left alone. */
const LOOK_AGAIN_MS = 30_000;

/** Keys of the marks that a task sets; a key without a value is removed. */
async function perform(task: Task, at: (pod: string) => At, context: InitSqlContext): Promise<Marks> {
  const done = { [task.topic]: task.hash, [`${task.topic}Error`]: undefined };
  switch (task.type) {
    case "note":
      return { [task.topic]: task.hash, [`${task.topic}Error`]: task.error, [`${task.topic}FailedAt`]: undefined };
    case "sql":
      await runScripts(at(task.pod), task.scripts);
      return done;
    case "initSql":
      return await runInitSql(task, at(task.pod), context);
    case "stanza": {
      const ran = await runBackrest({ ...at(task.pod), timeoutMs: STANZA_MS }, [
        `--stanza=${STANZA}`,
        "--log-level-console=error",
        "stanza-create",
      ]);
      if (ran.exitCode === 0) return done;
      const text = ran.stdout + ran.stderr;
      // 028 = the repository's system identifier or version is another one's.
      if (/\[028\]|do not match the database|BackupMismatch/.test(text)) {
        return {
          stanzaError:
            "the repository holds backups of another database. Delete its volume, or give the repository another path with repoN-path in spec.backups.pgbackrest.global; write-ahead log is kept on the instances until then.",
        };
      }
      // 050 = the lock is held.
      if (text.includes("[050]")) throw new NotYet("RepositoryBusy", sqlError(text), { afterMs: BUSY_MS });
      throw new TransientError("UnableToCreateStanzas", `stanza-create: ${sqlError(text)}`);
    }
    case "deleteBackups":
      await deleteBackups(task, at);
      return done;
    case "parameters": {
      if (task.pod !== undefined) {
        const opinion = await callAgent(at(task.pod), ["check-parameters"], JSON.stringify(task.parameters));
        if (opinion.exitCode === 3) return { parameters: task.hash, parametersError: opinion.stdout.trim() };
        if (opinion.exitCode !== 0)
          throw new TransientError("ParametersNotChecked", opinion.stderr.trim().slice(0, 300));
      }
      const { client, namespace, signal } = at("");
      await client.patch(
        kinds.Endpoints,
        { namespace, name: task.store },
        { type: "merge", body: { metadata: { annotations: { config: task.config } } } },
        { signal },
      );
      return done;
    }
  }
}

/** One pass: all tasks that are due. One that fails does not keep the others from being done. */
export async function reconcileInside(
  key: string,
  signal: AbortSignal,
  { log, failures }: ReconcileContext,
  deps: ClusterDeps,
): Promise<{ requeueAfterMs?: number }> {
  const view = deps.world.view(key, deps.now());
  if (view === undefined) return {};
  const { cluster: c, isActionable } = await admission(view, deps, signal);
  if (!isActionable && !c.deleting) return {};
  const at = (pod: string): At => ({ client: deps.client, namespace: c.namespace, pod, signal });
  // The work may take long, and another cluster may have the name by then.
  const isStillThere = (): boolean => deps.world.clusters.get(key)?.metadata.uid === view.cr.metadata.uid;
  const write = async (marks: Marks): Promise<void> => {
    if (!isStillThere()) return;
    // First what must not be lost.
    await recordInitSql(c, marks, { view, client: deps.client, signal });
    await note(key, marks, deps, signal);
  };
  // A record would outlive a cluster that is deleted with its volumes.
  const unrecorded = c.deleting ? {} : unrecordedMarks(view);
  if (Object.keys(unrecorded).length > 0) await write({ ...unrecorded, [MARKED]: view.cr.metadata.uid });
  const tasks = planInside(c, view);
  await write(settledFailures(tasks, appliedMarks(view.cr)));
  let failure: unknown;
  let again = false;
  for (const task of tasks) {
    const started = performance.now();
    try {
      const marks = await perform(task, at, { started: write, now: deps.now });
      await write({ ...marks, [`${task.topic}${FAILED}`]: undefined });
      // What the user has to put right elsewhere is looked at from time to time.
      again ||= marks[`${task.topic}Error`] !== undefined && (task.type === "initSql" || task.type === "stanza");
      log.info({ topic: task.topic, durationMs: Math.round(performance.now() - started) }, "work inside the pods done");
      if (task.type === "stanza" && marks["stanzaError"] === undefined) {
        deps.events.record(view.cr, {
          type: "Normal",
          reason: "StanzasCreated",
          message: "The repositories are set up.",
        });
      }
    } catch (error) {
      failure ??= error;
      log.debug({ err: error, topic: task.topic }, "work inside the pods not done");
      const told = signal.aborted ? undefined : failureOf(error, failures);
      if (told !== undefined) await write({ [`${task.topic}${FAILED}`]: told.message });
    }
  }
  if (failure !== undefined) throw failure;
  if (again) return { requeueAfterMs: LOOK_AGAIN_MS };
  const waitMs = initSqlWaitMs(c, view);
  return waitMs > 0 ? { requeueAfterMs: waitMs } : {};
}

/** Takes back failures of work that is not due any more. */
function settledFailures(tasks: readonly Task[], marks: Readonly<Record<string, string>>): Marks {
  const due = new Set(tasks.map((task) => `${task.topic}${FAILED}`));
  const old = Object.keys(marks).filter((name) => name.endsWith(FAILED) && !due.has(name));
  return Object.fromEntries(old.map((name) => [name, undefined]));
}
