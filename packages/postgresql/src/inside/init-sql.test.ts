import assert from "node:assert/strict";
import { test } from "node:test";
import { type Client, ConnectionError } from "@keelson/kube";
import { runInitSql } from "./init-sql.ts";
import type { Marks } from "./notes.ts";

const task = {
  type: "initSql",
  topic: "initSql",
  hash: "init",
  pod: "p",
  name: "init/sql",
  configMap: "init",
  key: "sql",
  isRetry: false,
} as const;

/** Runs it with a ConfigMap of these data and psql that ends so; gives what was noted before and after. */
async function run(data: Record<string, string> | undefined, exec: () => Promise<unknown>): Promise<[Marks[], Marks]> {
  const client = { get: async () => (data === undefined ? undefined : { data }), exec } as unknown as Client;
  const before: Marks[] = [];
  const at = { client, namespace: "prod", pod: "p", signal: new AbortController().signal };
  const started = async (marks: Marks): Promise<void> => void before.push(marks);
  const after = await runInitSql(task, at, { started, now: () => 0 });
  return [before, after];
}

const ended =
  (exitCode: number, stderr = "") =>
  async () => ({ exitCode, stdout: "", stderr });

test("init SQL is noted as started before it runs, and as done afterwards", async () => {
  const [before, after] = await run({ sql: "SELECT 1" }, ended(0));
  assert.equal(before[0]?.["initSqlStarted"], "init/sql");
  assert.equal(after["initSql"], "init");
  for (const name of ["initSqlStarted", "initSqlError", "initSqlFailedAt"])
    assert.ok(name in after && after[name] === undefined, name);
});

test("SQL that fails is tried again; SQL that is not there was never started", async () => {
  const [, failed] = await run({ sql: "x" }, ended(3, "psql:<stdin>:1: ERROR:  syntax error"));
  assert.ok("initSqlStarted" in failed && failed["initSqlStarted"] === undefined);
  assert.match(failed["initSqlError"] ?? "", /syntax error.*tried again/);
  const [before, missing] = await run({}, ended(0));
  assert.deepEqual(before, []);
  assert.match(missing["initSqlError"] ?? "", /ConfigMap init has no key sql/);
});

test("SQL of which nobody saw the end stays noted as started", async () => {
  const [, after] = await run({ sql: "x" }, async () => {
    throw new ConnectionError("not done within 600000 ms", { code: "TIMEOUT", unsent: false });
  });
  assert.ok(!("initSqlStarted" in after));
  assert.match(after["initSqlError"] ?? "", /name another ConfigMap/);
});
