/** SQL for users, databases, schemas, extensions and the pooler. Texts only: nothing here talks to a server. Every script may be run again. */
import type { ExtensionName, PgCluster, User } from "../cluster/model.ts";
import { POOLER_USER } from "../ha/dynamic-config.ts";
import { roleOptions } from "./role-options.ts";

/** A name in double quotes. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text in single quotes, safe whatever standard_conforming_strings says. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** SQL that runs in one database. */
export interface Script {
  readonly database: string;
  readonly sql: string;
}

/** Databases that are always there and take part in what is done everywhere: new ones are copies of template1. */
const BUILTIN = ["postgres", "template1"];

/** All databases that are named, sorted. */
export const namedDatabases = (c: PgCluster): string[] =>
  [...new Set(c.users.flatMap((user) => user.databases))].filter((name) => !BUILTIN.includes(name)).sort();

/** `\gexec` runs the statement that the query gives, if it gives one. */
const createDatabase = (name: string): string =>
  `SELECT ${literal(`CREATE DATABASE ${identifier(name)}`)} WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = ${literal(name)}) \\gexec\n`;

const createRole = (name: string): string =>
  `SELECT ${literal(`CREATE ROLE ${identifier(name)} LOGIN`)} WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(name)}) \\gexec\n`;

const PREAMBLE = "SET search_path TO pg_catalog;\nSET synchronous_commit TO local;\n";

/** The pooler's role, and the function by which it looks passwords up, in every database and in those to come. */
export function poolerScripts(c: PgCluster, verifier: string, databases: readonly string[]): Script[] {
  if (c.pooler === undefined) return [];
  const role = identifier(POOLER_USER);
  const superusers = c.pooler.exposeSuperusers ? "" : "AND NOT rolsuper ";
  const lookup = `${PREAMBLE}BEGIN;
CREATE SCHEMA IF NOT EXISTS pgbouncer;
REVOKE ALL ON SCHEMA pgbouncer FROM PUBLIC;
GRANT USAGE ON SCHEMA pgbouncer TO ${role};
DROP FUNCTION IF EXISTS pgbouncer.get_auth(text);
CREATE FUNCTION pgbouncer.get_auth(wanted text, OUT username text, OUT password text) RETURNS SETOF record
  LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path TO pg_catalog
  AS $keelson$
    SELECT rolname::text, rolpassword FROM pg_authid
    WHERE rolname = wanted AND rolcanlogin ${superusers}AND (NOT rolreplication OR rolname = 'postgres')
      AND rolname <> ${literal(POOLER_USER)} AND (rolvaliduntil IS NULL OR rolvaliduntil > now())
  $keelson$;
REVOKE ALL ON FUNCTION pgbouncer.get_auth(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgbouncer.get_auth(text) TO ${role};
COMMIT;
`;
  const first = `${PREAMBLE}${createRole(POOLER_USER)}ALTER ROLE ${role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD ${literal(verifier)};\n`;
  return [
    { database: "postgres", sql: first },
    ...[...BUILTIN, ...databases].map((database) => ({ database, sql: lookup })),
  ];
}

/** Creates the databases that are missing. */
export function databaseScripts(c: PgCluster): Script[] {
  const databases = namedDatabases(c);
  return databases.length === 0
    ? []
    : [{ database: "postgres", sql: PREAMBLE + databases.map(createDatabase).join("") }];
}

/** Users that have a verifier: roles with their options and verifiers, their rights on their databases, and a schema of their own in each. */
export function userScripts(c: PgCluster, verifiers: ReadonlyMap<string, string>): Script[] {
  let roles = PREAMBLE;
  const perDatabase = new Map<string, string>();
  const add = (database: string, sql: string): void => {
    perDatabase.set(database, (perDatabase.get(database) ?? PREAMBLE) + sql);
  };
  for (const user of c.users) {
    const verifier = verifiers.get(user.name);
    if (verifier === undefined) continue;
    const role = identifier(user.name);
    const options = optionsOf(user);
    roles += createRole(user.name);
    roles += `ALTER ROLE ${role} ${options} PASSWORD ${literal(verifier)};\n`;
    for (const database of user.databases) {
      roles += `GRANT ALL PRIVILEGES ON DATABASE ${identifier(database)} TO ${role};\n`;
      if (user.name === "postgres") continue;
      if (c.autoCreateUserSchema) add(database, `CREATE SCHEMA IF NOT EXISTS ${role} AUTHORIZATION ${role};\n`);
      if (user.grantPublicSchemaAccess) add(database, `GRANT ALL ON SCHEMA public TO ${role};\n`);
    }
  }
  return [{ database: "postgres", sql: roles }, ...[...perDatabase].map(([database, sql]) => ({ database, sql }))];
}

function optionsOf(user: User): string {
  const parsed = roleOptions(user.options);
  return "sql" in parsed ? parsed.sql : "LOGIN";
}

/** Names by which PostgreSQL knows the extensions. */
const EXTENSIONS: Readonly<Record<ExtensionName, string>> = {
  pg_audit: "pgaudit",
  pg_cron: "pg_cron",
  pg_repack: "pg_repack",
  pg_stat_monitor: "pg_stat_monitor",
  pg_stat_statements: "pg_stat_statements",
  pgvector: "vector",
  set_user: "set_user",
};

/** Makes the enabled extensions, and drops the others, in every database and in those to come. pg_cron lives in one database only. */
export function extensionScripts(c: PgCluster, databases: readonly string[]): Script[] {
  return [...BUILTIN, ...databases].map((database) => {
    const lines = (Object.keys(EXTENSIONS) as ExtensionName[]).flatMap((name) => {
      const extension = identifier(EXTENSIONS[name]);
      if (name === "pg_cron" && database !== "postgres") return [];
      return c.extensions[name]
        ? [`CREATE EXTENSION IF NOT EXISTS ${extension};`, `ALTER EXTENSION ${extension} UPDATE;`]
        : [`DROP EXTENSION IF EXISTS ${extension};`];
    });
    return {
      database,
      sql: `SET synchronous_commit TO local;\nSET client_min_messages TO warning;\n${lines.join("\n")}\n`,
    };
  });
}
