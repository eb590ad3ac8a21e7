/** The `postgres-startup` init container: refuses an image or data that cannot work, and prepares the directories. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { copyCertificates } from "./certificates.ts";
import { refusedParameters } from "./check-parameters.ts";
import { placesOf, prepareData } from "./data-before-restore.ts";
import type { Environment } from "./environment.ts";
import { endpoints } from "./kube-api.ts";
import { anotherLeads } from "./leader-lock.ts";
import { errorText, log } from "./log.ts";
import { placeWal } from "./place-wal.ts";
import { Refusal } from "./refusal.ts";

/** Does all of it; safe to repeat. */
export async function startup(env: Environment): Promise<void> {
  checkTools(env);
  await prepareData(env.restored, placesOf(env), () => anotherLeads(env));
  checkDataVersion(env);
  makeDirectories(env);
  placeWal(env.dataDirectory, env.walDirectory);
  copyCertificates();
  await checkParameters(env);
}

function runs(command: string, args: string[]): { ok: boolean; output: string } {
  const result = spawnSync(command, args, { encoding: "utf8", timeout: 20_000 });
  return { ok: result.status === 0, output: `${result.stdout ?? ""}${result.stderr ?? ""}` };
}

/** The image must have PostgreSQL of the wanted version, Patroni and, where backups are on, pgBackRest. */
function checkTools(env: Environment): void {
  const server = runs(`${env.binDirectory}/postgres`, ["--version"]);
  if (!server.ok) {
    throw new Refusal("ImageWithoutTools", `the image has no PostgreSQL ${env.major} at ${env.binDirectory}`);
  }
  const version = /PostgreSQL\) (\d+)/.exec(server.output)?.[1];
  if (version !== String(env.major)) {
    throw new Refusal(
      "ImageVersionMismatch",
      `the image has PostgreSQL ${version ?? "of unknown version"}, not ${env.major}`,
    );
  }
  const path = (process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(":");
  const present = (program: string): boolean => path.some((directory) => existsSync(join(directory, program)));
  const needed = ["patroni", "flock", ...(existsSync("/etc/pgbackrest/conf.d") ? ["pgbackrest"] : [])];
  const missing = needed.filter((program) => !present(program));
  if (missing.length > 0) throw new Refusal("ImageWithoutTools", `the image lacks ${missing.join(", ")}`);
}

/** A data volume of another major version is never touched. */
function checkDataVersion(env: Environment): void {
  const file = join(env.dataDirectory, "PG_VERSION");
  if (existsSync(file)) {
    const found = readFileSync(file, "utf8").trim();
    if (found !== String(env.major)) {
      throw new Refusal("DataVersionMismatch", `the data on the volume are of PostgreSQL ${found}, not ${env.major}`);
    }
    return;
  }
  const other = readdirSync("/pgdata").find(
    (name) => /^pg\d+$/.test(name) && existsSync(join("/pgdata", name, "PG_VERSION")),
  );
  if (other !== undefined) {
    throw new Refusal(
      "DataVersionMismatch",
      `the volume has data of PostgreSQL ${other.slice(2)}: change the version with a PerconaPGUpgrade, not in the cluster`,
    );
  }
}

function makeDirectories(env: Environment): void {
  mkdirSync(env.dataDirectory, { recursive: true, mode: 0o700 });
  chmodSync(env.dataDirectory, 0o700);
  for (const directory of ["/pgdata/pgbackrest/log", "/pgdata/pgbackrest-spool", "/tmp/postgres", "/tmp/keelson"]) {
    mkdirSync(directory, { recursive: true, mode: 0o775 });
  }
  for (const name of env.tablespaces) mkdirSync(`/tablespaces/${name}/data`, { recursive: true, mode: 0o700 });
}

/** Parameters that PostgreSQL refuses are found here, before they can stop a running cluster. */
async function checkParameters(env: Environment): Promise<void> {
  let parameters: Record<string, unknown>;
  try {
    const object = await endpoints(env.namespace, `${env.scope}-config`);
    const config = JSON.parse(object.metadata.annotations?.["config"] ?? "{}") as {
      postgresql?: { parameters?: Record<string, unknown> };
    };
    parameters = config.postgresql?.parameters ?? {};
  } catch (error) {
    log("warn", "parameters could not be checked", { err: errorText(error) });
    return;
  }
  const refused = refusedParameters(parameters, env.binDirectory);
  if (refused !== undefined) throw new Refusal("ParameterRefused", refused);
}
