import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Layout } from "@keelson/embedded/cluster";
import type { Connection, CreateDatabase, Database, DatabaseDetail } from "@keelson/server/api";
import { untilReady } from "../commands/database-create.ts";
import { connectionString } from "../connection-string.ts";
import { dataOption } from "../data-option.ts";
import { Failure } from "../failure.ts";
import { databasePath } from "../local-server.ts";
import type { ServerClient } from "../server-client.ts";
import type { Progress, Steps } from "../steps.ts";

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

/** The start that creates the sample waits this long until it is complete, and fails without it. */
const CREATED_WITHIN_MS = 600_000;
/** A later start waits this long for writes: several times what a slow machine needs for them, and little beside a sample that cannot run. */
const BACK_WITHIN_MS = 120_000;

/**
 * Creates the sample database the first time, and waits until it is ready. Afterwards it is a database like any other: it may be paused,
 * deleted, out of reach or unable to run, and the start is none the worse. Returns how to reach it, or why not, in lines for people.
 */
export async function provideSample(
  server: Pick<ServerClient, "call">,
  layout: Pick<Layout, "data">,
  steps: Steps,
): Promise<string[]> {
  const data = dataOption(layout.data);
  const mark = join(layout.data, "sample-created");
  const isFirst = !existsSync(mark);
  const database = await ensureSample(server, mark);
  if (database === undefined)
    return [
      `  PostgreSQL  the sample '${sample.name}' was deleted; './keelson db create NAME --expose${data}' makes a database`,
    ];
  if (stopped.has(database.phase)) return [`  PostgreSQL  ${sample.name}: ${standing(database)}`];
  try {
    await steps.run<unknown>(`database '${sample.name}' takes writes`, (progress) =>
      isFirst
        ? untilReady(server, sample.namespace, sample.name, { progress, limitMs: CREATED_WITHIN_MS })
        : untilBack(server, progress),
    );
  } catch (error) {
    if (isFirst || !(error instanceof Failure)) throw error;
    return [`  PostgreSQL  ${sample.name}: ${error.message}`];
  }
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

/** Waits until the sample takes writes. Throws a Failure that says how it stands when that does not come by itself, or not soon. */
async function untilBack(server: Pick<ServerClient, "call">, progress: Progress): Promise<void> {
  const deadline = Date.now() + BACK_WITHIN_MS;
  for (;;) {
    const database = await server.call<DatabaseDetail>("GET", databasePath(sample.namespace, sample.name));
    const { phase, waitingFor, headline } = database;
    if (phase === "restoring" || stopped.has(phase)) throw new Failure(standing(database));
    if (database.topology.instances.some(({ role, ready }) => role === "primary" && ready)) return;
    if (phase === "blocked" || Date.now() > deadline) throw new Failure(standing(database));
    progress.waitingFor(waitingFor ?? headline);
    await delay(250);
  }
}

function standing({ headline, remedy }: Database): string {
  return remedy === undefined ? headline : `${headline}. ${remedy}`;
}
