/** Commands in the cluster's pods. Programs and options are fixed; SQL and everything secret goes through standard input. */
import { type Client, TransientError } from "@keelson/kube";
import { BIN, TOOLS } from "../cluster/paths.ts";
import type { Script } from "../users/sql.ts";

export interface At {
  readonly client: Client;
  readonly namespace: string;
  readonly pod: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

const DEFAULT_MS = 30_000;

/** A database as a connection string for psql, so that a name cannot be taken for options. */
const conninfo = (database: string): string =>
  `dbname='${database.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}' connect_timeout=10 application_name=keelson`;

/** Runs SQL as the superuser over the local socket. Gives what it prints; throws what PostgreSQL says against it. */
export async function runSql(at: At, database: string, sql: string): Promise<string> {
  const { client, namespace, pod, signal, timeoutMs = DEFAULT_MS } = at;
  const result = await client.exec({
    namespace,
    pod,
    container: "database",
    command: ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", conninfo(database), "-f", "-"],
    stdin: sql,
    signal,
    timeoutMs,
  });
  if (result.exitCode !== 0)
    throw new TransientError("SqlFailed", `SQL in ${database} on ${pod} failed: ${sqlError(result.stderr)}`);
  return result.stdout;
}

/** psql's own words without the place in the script, which may hold a verifier. */
export function sqlError(stderr: string): string {
  const line = stderr.split("\n").find((text) => /(ERROR|FATAL): /.test(text)) ?? stderr.trim().split("\n")[0] ?? "";
  return line.replace(/^psql:[^ ]* /, "").replaceAll(/SCRAM-SHA-256\$\S+/g, "***");
}

export async function runScripts(at: At, scripts: readonly Script[]): Promise<void> {
  for (const { database, sql } of scripts) await runSql(at, database, sql);
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls the agent's program in an instance's pod. */
export async function callAgent(at: At, args: readonly string[], stdin = ""): Promise<Ran> {
  const { client, namespace, pod, signal, timeoutMs = DEFAULT_MS } = at;
  const command = [`${TOOLS}/bin/node`, `${BIN.replace(/bin$/, "")}main.ts`, ...args];
  return await client.exec({ namespace, pod, container: "database", command, stdin, signal, timeoutMs });
}

export async function runAgent(at: At, args: readonly string[], stdin = ""): Promise<string> {
  const result = await callAgent(at, args, stdin);
  if (result.exitCode !== 0) {
    throw new TransientError(
      "AgentFailed",
      `${args.join(" ")} on ${at.pod}: ${(result.stdout + result.stderr).trim().slice(0, 300)}`,
    );
  }
  return result.stdout;
}

/** Runs pgBackRest on the repository host. */
export async function runBackrest(at: At, args: readonly string[]): Promise<Ran> {
  const { client, namespace, pod, signal, timeoutMs = DEFAULT_MS } = at;
  return await client.exec({
    namespace,
    pod,
    container: "pgbackrest",
    command: ["pgbackrest", ...args],
    signal,
    timeoutMs,
  });
}
