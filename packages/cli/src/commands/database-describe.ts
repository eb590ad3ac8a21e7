import type { Backup, Connection, DatabaseDetail } from "@keelson/server/api";
import { databasePath, localServer } from "../local-server.ts";
import { table } from "../table.ts";

/** `keelson db describe NAME`. */
export async function describe(
  name: string,
  options: { readonly data: string; readonly namespace: string; readonly output: string },
): Promise<void> {
  const server = await localServer(options.data);
  const path = databasePath(options.namespace, name);
  const database = await server.call<DatabaseDetail>("GET", path);
  const connection = await server.call<Connection>("GET", `${path}/connection`);
  const backups = (await server.call<{ items: Backup[] }>("GET", `${path}/backups`)).items;
  process.stdout.write(
    options.output === "json"
      ? `${JSON.stringify({ ...database, connection, backups }, undefined, 2)}\n`
      : describeDatabase(database, connection, backups),
  );
}

/** A database's description for people. */
export function describeDatabase(database: DatabaseDetail, connection: Connection, backups: readonly Backup[]): string {
  const { topology } = database;
  const part = (title: string, text: string): string => (text === "" ? "" : `\n${title}\n${text}`);
  const head = `${database.namespace}/${database.name}  PostgreSQL ${database.version}, ${database.storage} each
${database.headline}${database.waitingFor === undefined ? "" : `: ${database.waitingFor}`}
${database.problem === undefined ? "" : `${database.problem}\n`}${database.remedy === undefined ? "" : `What to do: ${database.remedy}\n`}`;
  const instances = table(
    ["INSTANCE", "ROLE", "STATE", "LAG", "NODE", "RESTARTS"],
    topology.instances.map((instance) => [
      instance.name,
      instance.role,
      instance.state,
      instance.lagBytes === undefined ? "-" : `${instance.lagBytes} bytes`,
      instance.node ?? "-",
      String(instance.restarts),
    ]),
  );
  const conditions = database.conditions
    .map(({ title, message }) => (message === "" ? `  ${title}\n` : `  ${title}: ${message}\n`))
    .join("");
  const endpoints = table(
    ["USE", "ADDRESS", "FROM OUTSIDE"],
    connection.endpoints.map((endpoint) => [
      endpoint.title,
      `${endpoint.host}:${endpoint.port}`,
      endpoint.external === undefined ? "-" : `${endpoint.external.host}:${endpoint.external.port}`,
    ]),
  );
  const backupRows = backups.map((backup) => [backup.name, backup.type, backup.state, backup.completedAt ?? "-"]);
  return [
    head,
    part("Instances", instances),
    part("Conditions", conditions),
    part("Connections", endpoints),
    part("Backups", backups.length === 0 ? "" : table(["NAME", "TYPE", "STATE", "COMPLETED"], backupRows)),
  ].join("");
}
