/** When `databaseInitSQL` is to run: once, and not again at once where it has failed. Pure. */
import type { PgCluster } from "../cluster/model.ts";
import type { View } from "../cluster/view.ts";
import { knownMarks } from "./init-sql-record.ts";
import type { Marks } from "./notes.ts";
import type { Task } from "./plan-inside.ts";

/** What runs before the failing statement is done anew at every try, so tries are kept apart. */
export const INIT_SQL_PAUSE_MS = 30_000;

/** Said while the SQL runs for the first time, and for ever where the operator ended before it did. */
export const unseenEnd = (configMap: string): string =>
  `The SQL of ConfigMap ${configMap} was started; nobody has seen its end yet. Should that stay so, look how far it came, and name another ConfigMap to run the rest.`;

/** Notes that the SQL called `name` has failed, and when (RFC 3339). */
export const failedAt = (name: string, now: number): Marks => ({
  initSqlFailedAt: `${new Date(now).toISOString()} ${name}`,
});

const nameOf = (ref: { readonly name: string; readonly key: string }): string => `${ref.name}/${ref.key}`;

/** When the SQL that is asked for now has failed; undefined when it has not, or when that was other SQL. */
function lastFailure(c: PgCluster, view: View): number | undefined {
  const [time = "", name] = (knownMarks(view)["initSqlFailedAt"] ?? "").split(" ");
  return c.initSql !== undefined && name === nameOf(c.initSql) ? Date.parse(time) || 0 : undefined;
}

/** How long the SQL is left alone still because it has failed; 0 when it is not. */
export function initSqlWaitMs(c: PgCluster, view: View): number {
  const failed = lastFailure(c, view);
  // No longer than one pause, should a clock have been wrong.
  return failed === undefined ? 0 : Math.max(0, Math.min(INIT_SQL_PAUSE_MS, failed + INIT_SQL_PAUSE_MS - view.now));
}

export function initSqlTask(c: PgCluster, view: View, pod: string): Task | undefined {
  const { initSql } = c;
  const marks = knownMarks(view);
  if (initSql === undefined || marks["initSql"] !== undefined) return undefined;
  const isRetry = lastFailure(c, view) !== undefined;
  const name = nameOf(initSql);
  if (marks["initSqlStarted"] === name) {
    // A retry keeps the words of the failure while it runs. Nobody runs it now, so nobody has seen how it ended.
    return isRetry ? { type: "note", topic: "initSql", hash: undefined, error: unseenEnd(initSql.name) } : undefined;
  }
  if (initSqlWaitMs(c, view) > 0) return undefined;
  return {
    type: "initSql",
    topic: "initSql",
    hash: initSql.name,
    pod,
    name,
    configMap: initSql.name,
    key: initSql.key,
    isRetry,
  };
}
