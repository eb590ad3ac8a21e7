/** Runs `databaseInitSQL`, once: it may be anything, so what nobody knows the end of is not run again. */
import { ApiError, ConnectionError, kinds, OperatorError } from "@keelson/kube";
import { type At, runSql } from "../runtime/pods.ts";
import type { Marks } from "./notes.ts";
import { failedAt, INIT_SQL_PAUSE_MS, unseenEnd } from "./plan-init-sql.ts";
import type { Task } from "./plan-inside.ts";

const LIMIT_MS = 600_000;

/** Whether the SQL cannot be running any more, or never was. */
function hasEnded(error: unknown): boolean {
  return (
    error instanceof ApiError || error instanceof OperatorError || (error instanceof ConnectionError && error.unsent)
  );
}

export interface InitSqlContext {
  /** Notes that it runs, before it does. */
  readonly started: (marks: Marks) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Marks to note afterwards. */
export async function runInitSql(
  task: Extract<Task, { type: "initSql" }>,
  at: At,
  { started, now }: InitSqlContext,
): Promise<Marks> {
  const { client, namespace, signal } = at;
  const map = await client.get(kinds.ConfigMap, { namespace, name: task.configMap }, { signal });
  const sql = map?.data?.[task.key];
  if (sql === undefined) {
    const what =
      map === undefined
        ? `ConfigMap ${task.configMap} does not exist`
        : `ConfigMap ${task.configMap} has no key ${task.key}`;
    return { initSqlError: `${what}. It runs once it is there.`, initSqlFailedAt: undefined };
  }
  // What is told stays the same from one failing try to the next.
  const told = task.isRetry ? {} : { initSqlError: unseenEnd(task.configMap), initSqlFailedAt: undefined };
  await started({ initSqlStarted: task.name, ...told });
  try {
    await runSql({ ...at, timeoutMs: LIMIT_MS }, "postgres", sql);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (!hasEnded(error))
      return {
        initSqlFailedAt: undefined,
        initSqlError: `${text}. Whether the SQL of ConfigMap ${task.configMap} still runs is not known, so it is not run again: look how far it came, and name another ConfigMap to run the rest.`,
      };
    return {
      initSqlStarted: undefined,
      initSqlError: `${text}. Correct the SQL; it is tried again from its beginning every ${INIT_SQL_PAUSE_MS / 1_000} seconds.`,
      ...failedAt(task.name, now()),
    };
  }
  return { initSql: task.hash, initSqlStarted: undefined, initSqlError: undefined, initSqlFailedAt: undefined };
}
