/**
 * Body of a restore Job: brings the data volume of one instance to the wanted point. PostgreSQL runs here, alone and reachable by
 * nobody, until recovery has ended, so that an unreachable target is known before any instance starts.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pgbackrestError } from "./backup.ts";
import { RESTORED_MARK } from "./environment.ts";
import { isRunning } from "./is-running.ts";
import { log } from "./log.ts";
import { postmasterPid } from "./postmaster-watch.ts";

const SOCKETS = "/tmp/postgres";

/** Options that pgBackRest leaves in postgresql.auto.conf for the recovery; they must not outlive it. */
export function withoutRecoverySettings(autoConf: string): string {
  return autoConf
    .split("\n")
    .filter(
      (line) =>
        !/^\s*(restore_command|recovery_target\w*|recovery_end_command|archive_cleanup_command|primary_conninfo)\s*=/.test(
          line,
        ),
    )
    .join("\n");
}

/** The words with which PostgreSQL ended, for people. */
export function recoveryError(output: string): string {
  const fatal = output
    .split("\n")
    .filter((line) => /(FATAL|PANIC): /.test(line))
    .at(-1);
  return fatal?.replace(/^.*?(FATAL|PANIC): +/, "") ?? "PostgreSQL ended before recovery was complete";
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  try {
    writeFileSync("/dev/termination-log", message);
  } catch {
    // the log has it too
  }
  return 1;
}

export async function restore(env: NodeJS.ProcessEnv): Promise<number> {
  const data = env["PGDATA"] ?? "";
  const wal = env["KEELSON_WAL"] ?? "";
  const bin = `/usr/pgsql-${env["KEELSON_MAJOR"] ?? ""}/bin`;
  const options = JSON.parse(env["KEELSON_RESTORE_OPTIONS"] ?? "[]") as string[];
  const mark = env["KEELSON_RESTORED"] ?? "";
  if (existsSync(RESTORED_MARK) && readFileSync(RESTORED_MARK, "utf8").trim() === mark) {
    log("info", "already restored", { restore: mark });
    return 0;
  }
  const pid = postmasterPid(data);
  if (pid !== undefined && isRunning(pid, "postgres")) return fail("PostgreSQL is still running on this volume");
  rmSync(join(data, "postmaster.pid"), { force: true });
  if (!existsSync(join(data, "PG_VERSION")) && !existsSync(join(data, "backup.manifest"))) {
    rmSync(data, { recursive: true, force: true });
    rmSync(wal, { recursive: true, force: true });
  }
  for (const directory of [data, SOCKETS, "/pgdata/pgbackrest/log", "/pgdata/pgbackrest-spool"]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  log("info", "restore starts", { options });
  const copied = spawnSync(
    "pgbackrest",
    ["restore", "--stanza=db", "--delta", `--link-map=pg_wal=${wal}`, ...options],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 << 20,
    },
  );
  process.stdout.write(copied.stdout ?? "");
  process.stderr.write(copied.stderr ?? "");
  if (copied.status !== 0) {
    return fail(
      pgbackrestError(`${copied.stdout}${copied.stderr}`) ?? `pgbackrest restore ended with ${copied.status}`,
    );
  }
  const failure = await recover(data, bin);
  if (failure !== undefined) return fail(failure);
  const autoConf = join(data, "postgresql.auto.conf");
  if (existsSync(autoConf)) writeFileSync(autoConf, withoutRecoverySettings(readFileSync(autoConf, "utf8")));
  writeFileSync(RESTORED_MARK, `${mark}\n`);
  log("info", "restored", { restore: mark });
  return 0;
}

/** Runs PostgreSQL until recovery has ended, then stops it cleanly. Returns what went wrong. */
async function recover(data: string, bin: string): Promise<string | undefined> {
  const settings = {
    listen_addresses: "",
    unix_socket_directories: SOCKETS,
    ssl: "off",
    hot_standby: "off",
    synchronous_standby_names: "",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(`${bin}/postgres`, ["-D", data, ...args], { stdio: ["ignore", "inherit", "pipe"] });
  let output = "";
  server.stderr.setEncoding("utf8");
  server.stderr.on("data", (chunk: string) => {
    output = (output + chunk).slice(-8_000);
    process.stderr.write(chunk);
  });
  let ended = false;
  const end = new Promise<void>((resolve) => {
    server.on("error", (error) => {
      output += error.message;
    });
    server.on("close", () => {
      ended = true;
      resolve();
    });
  });
  // With hot_standby off the server lets clients in only when recovery is over.
  while (!ended) {
    if (spawnSync(`${bin}/pg_isready`, ["-q", "-h", SOCKETS]).status === 0) break;
    await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 250))]);
  }
  if (ended) return recoveryError(output);
  server.kill("SIGINT");
  await end;
  return undefined;
}
