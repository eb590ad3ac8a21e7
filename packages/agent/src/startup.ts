/** The `postgres-startup` init container: refuses an image or data that cannot work, and prepares the directories. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { copyCertificates } from "./certificates.ts";
import { refusedParameters } from "./check-parameters.ts";
import { type Environment, RESTORED_MARK } from "./environment.ts";
import { endpoints } from "./kube-api.ts";
import { errorText, log } from "./log.ts";

/** A reason for which the instance cannot start; its text reaches the user through the pod's termination message. */
export class Refusal extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.reason = reason;
  }
}

/** Does all of it; safe to repeat. */
export async function startup(env: Environment): Promise<void> {
  checkTools(env);
  dropDataFromBeforeRestore(env);
  checkDataVersion(env);
  makeDirectories(env);
  placeWal(env);
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

/** After a restore the other instances still have the data from before; they copy the restored ones instead. */
function dropDataFromBeforeRestore(env: Environment): void {
  if (env.restored === undefined) return;
  const mark = existsSync(RESTORED_MARK) ? readFileSync(RESTORED_MARK, "utf8").trim() : undefined;
  if (mark === env.restored) return;
  log("info", "data from before the restore are removed", { restored: env.restored, before: mark });
  for (const directory of [env.dataDirectory, env.walDirectory]) rmSync(directory, { recursive: true, force: true });
  for (const name of env.tablespaces) rmSync(`/tablespaces/${name}/data`, { recursive: true, force: true });
  writeFileSync(RESTORED_MARK, `${env.restored}\n`);
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

/** Moves pg_wal when the cluster got, or lost, a volume for it. The copy is complete before the link changes. */
function placeWal(env: Environment): void {
  const link = join(env.dataDirectory, "pg_wal");
  const there = lstatSync(link, { throwIfNoEntry: false });
  if (there === undefined) return; // no database yet: initdb and the copies make it
  const current = there.isSymbolicLink() ? readlinkSync(link) : link;
  if (current === env.walDirectory) return;
  log("info", "WAL is moved", { from: current, to: env.walDirectory });
  const staging = `${env.walDirectory}.moving`;
  rmSync(staging, { recursive: true, force: true });
  const copied = runs("cp", ["-a", current, staging]);
  if (!copied.ok)
    throw new Refusal("WalMoveFailed", `WAL could not be copied to ${env.walDirectory}: ${copied.output.trim()}`);
  rmSync(env.walDirectory, { recursive: true, force: true });
  renameSync(staging, env.walDirectory);
  const replaced = `${link}.before-move`;
  renameSync(link, replaced);
  symlinkSync(env.walDirectory, link);
  rmSync(replaced, { recursive: true, force: true });
  if (there.isSymbolicLink()) rmSync(current, { recursive: true, force: true });
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
