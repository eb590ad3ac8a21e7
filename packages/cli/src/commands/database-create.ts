import { setTimeout as delay } from "node:timers/promises";
import type { CreateDatabase, DatabaseDetail, Preview } from "@keelson/server/api";
import { stringify } from "yaml";
import { databaseCommand } from "../database-command.ts";
import { Failure } from "../failure.ts";
import { databasePath, localServer } from "../local-server.ts";
import type { ServerClient } from "../server-client.ts";
import { type Progress, Steps } from "../steps.ts";

/** What `keelson db create` can be told about the database. */
interface DatabaseOptions {
  readonly namespace: string;
  readonly postgresVersion?: string;
  readonly instances?: number;
  readonly poolers?: number;
  readonly storage?: string;
  readonly backups: boolean;
  readonly schedule?: string;
  readonly expose?: boolean;
}

interface CreateOptions extends DatabaseOptions {
  readonly data: string;
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

/** The request: what was given and nothing else, so that the defaults are the server's. Throws a Failure for what contradicts itself. */
export function requestOf(name: string, options: DatabaseOptions): CreateDatabase {
  const { namespace, postgresVersion, instances, poolers, storage, backups, schedule, expose } = options;
  if (!backups && schedule !== undefined)
    throw new Failure(`--schedule ${schedule} and --no-backups contradict each other: leave one of them out.`);
  return {
    name,
    namespace,
    ...(postgresVersion === undefined ? {} : { version: postgresVersion }),
    ...(instances === undefined ? {} : { instances }),
    ...(poolers === undefined ? {} : { poolers }),
    ...(storage === undefined ? {} : { storage }),
    ...(expose === true ? { expose: "loadBalancer" as const } : {}),
    ...(backups ? {} : { backups: { enabled: false } }),
    ...(schedule === undefined ? {} : { backups: { enabled: true, schedule } }),
  };
}

/** `keelson db create NAME`. */
export async function create(name: string, options: CreateOptions): Promise<void> {
  const body = requestOf(name, options);
  const server = await localServer(options.data);
  if (options.dryRun === true) {
    const { manifest } = await server.call<Preview>("POST", "/databases?dryRun=true", body);
    process.stdout.write(stringify(manifest));
    return;
  }
  await server.call("POST", "/databases", body);
  const steps = new Steps(process.stderr, Date.now);
  if (!options.wait) {
    steps.say(
      `${options.namespace}/${name} is being created; '${databaseCommand("describe", name, options)}' shows how far it is.`,
    );
    return;
  }
  await steps.run(`database ${options.namespace}/${name}`, (progress) =>
    untilReady(server, options.namespace, name, { progress, limitMs: 600_000 }),
  );
  steps.say(`It takes writes. Connect with '${databaseCommand("connect", name, options)}'.`);
}

/** Waits until a database is ready and shows what it waits for. Throws a Failure when that takes longer than `limitMs`. */
export async function untilReady(
  server: Pick<ServerClient, "call">,
  namespace: string,
  name: string,
  options: { readonly progress: Progress; readonly limitMs: number },
): Promise<DatabaseDetail> {
  const deadline = Date.now() + options.limitMs;
  for (;;) {
    const database = await server.call<DatabaseDetail>("GET", databasePath(namespace, name));
    if (database.phase === "ready") return database;
    const waiting = database.problem ?? database.waitingFor ?? database.headline;
    options.progress.waitingFor(waiting);
    if (database.phase === "blocked" || Date.now() > deadline) {
      const remedy = database.remedy === undefined ? "" : ` ${database.remedy}`;
      throw new Failure(`${namespace}/${name} is not ready: ${waiting}.${remedy}`);
    }
    await delay(250);
  }
}
