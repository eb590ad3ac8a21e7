import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Layout } from "@keelson/embedded/cluster";
import type { Connection, CreateDatabase, Database } from "@keelson/server/api";
import { untilReady } from "../commands/database-create.ts";
import { connectionString } from "../connection-string.ts";
import { dataOption } from "../data-option.ts";
import { Failure } from "../failure.ts";
import { databasePath } from "../local-server.ts";
import type { ServerClient } from "../server-client.ts";
import type { Steps } from "../steps.ts";

/** The database that a first start makes, so that there is something to connect to at once. */
const sample: CreateDatabase & { name: string; namespace: string } = {
  name: "hello",
  namespace: "default",
  instances: 3,
  poolers: 2,
  storage: "1Gi",
  expose: "loadBalancer",
  backups: { enabled: true, schedule: "0 1 * * *" },
};

/** Phases of a database that somebody has stopped, or is about to. */
const stopped = new Set(["paused", "pausing", "deleting"]);

/**
 * Creates the sample database the first time, and waits until it takes writes. Afterwards it is a database like any other: it may be
 * paused, deleted or out of reach, and the start is none the worse. Returns how to reach it, or why not, in lines for people.
 */
export async function provideSample(
  server: Pick<ServerClient, "call">,
  layout: Pick<Layout, "data">,
  steps: Steps,
): Promise<string[]> {
  const data = dataOption(layout.data);
  const database = await ensureSample(server, join(layout.data, "sample-created"));
  if (database === undefined)
    return [
      `  PostgreSQL  the sample '${sample.name}' was deleted; './keelson db create NAME --expose${data}' makes a database`,
    ];
  if (stopped.has(database.phase)) return [`  PostgreSQL  ${sample.name}: ${standing(database)}`];
  await steps.run(`database '${sample.name}' takes writes`, (progress) =>
    untilReady(server, sample.namespace, sample.name, { progress, limitMs: 600_000 }),
  );
  const path = databasePath(sample.namespace, sample.name);
  const connection = await server.call<Connection>("GET", `${path}/connection?reveal=true`);
  try {
    // The address alone: a line for the shell would leave the password in its history.
    return [
      `  PostgreSQL  ${connectionString(connection)}`,
      `  psql        ./keelson db connect ${sample.name}${data}`,
    ];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [`  PostgreSQL  ${sample.name}: ${error.message}`];
  }
}

/** The sample, created where this data folder has never had one: `mark` is the file that remembers it. */
async function ensureSample(server: Pick<ServerClient, "call">, mark: string): Promise<Database | undefined> {
  const { items } = await server.call<{ items: Database[] }>("GET", "/databases");
  let database = items.find(({ name, namespace }) => name === sample.name && namespace === sample.namespace);
  if (existsSync(mark)) return database;
  database ??= await server.call<Database>("POST", "/databases", sample);
  writeFileSync(mark, `The sample database '${sample.name}' was created: later starts do not create it again.\n`);
  return database;
}

function standing({ headline, remedy }: Database): string {
  return remedy === undefined ? headline : `${headline}. ${remedy}`;
}
