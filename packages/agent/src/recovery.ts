/** PostgreSQL on restored data, alone and reachable by nobody, until recovery has ended. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pgbackrestError } from "./backup.ts";
import type { Running } from "./restore.ts";

export const SOCKETS = "/tmp/postgres";

/** Options that pgBackRest leaves in postgresql.auto.conf for the recovery; they must not outlive it. `archive_mode` would end archiving. */
export function withoutRecoverySettings(autoConf: string): string {
  const names =
    "restore_command|recovery_target\\w*|recovery_end_command|archive_cleanup_command|primary_conninfo|archive_mode|archive_command";
  const setting = new RegExp(`^\\s*(${names})\\s*=`);
  return autoConf
    .split("\n")
    .filter((line) => !setting.test(line))
    .join("\n");
}

/**
 * Command that reads the log of the repository: the one from the postgresql.auto.conf that pgBackRest has written, with the options of the
 * restore. For PostgreSQL any exit code up to 125 says that a file is not there, and it ends recovery
 * with what it has: an archive that does not answer would look like one that ends here. pgBackRest says 1 for a file that is not there;
 * anything else is asked again, because ending means to begin anew with the copy, and ends the recovery then.
 */
export function archiveRead(autoConf: string): string {
  const written = [...autoConf.matchAll(/^\s*restore_command\s*=\s*'((?:[^'\\]|''|\\.)*)'/gm)].at(-1)?.[1];
  const command = written?.replace(/'(')|\\(.)/g, "$1$2") ?? 'pgbackrest --stanza=db archive-get %f "%p"';
  return `for pause in 2 5 0; do { ${command}; } >&2 && exit 0; test $? -eq 1 && exit 1; sleep $pause; done; exit 200`;
}

/** The words with which PostgreSQL ended, for people. */
export function recoveryError(output: string): string {
  const isLast = (line: string): boolean => /(FATAL|PANIC): /.test(line);
  const lines = output.split("\n");
  const words = lines
    // Whoever tries to connect meanwhile is refused in lines of the same rank.
    .filter((line) => isLast(line) && !/FATAL: +the database system is /.test(line))
    .at(-1)
    ?.replace(/^.*?(FATAL|PANIC): +/, "");
  if (words?.startsWith("could not restore file") !== true)
    return words ?? "PostgreSQL ended before recovery was complete";
  const why = pgbackrestError(lines.filter((line) => !isLast(line)).join("\n"));
  return `The write-ahead log cannot be read from the archive: ${why ?? words}`;
}

/** Runs PostgreSQL until recovery has ended, then stops it cleanly. Returns the end of its log when it ended before. */
export async function recover(data: string, bin: string, running: Running): Promise<string | undefined> {
  const autoConf = join(data, "postgresql.auto.conf");
  const settings = {
    restore_command: archiveRead(existsSync(autoConf) ? readFileSync(autoConf, "utf8") : ""),
    // Its words decide what comes next.
    lc_messages: "C",
    log_destination: "stderr",
    logging_collector: "off",
    listen_addresses: "",
    unix_socket_directories: SOCKETS,
    ssl: "off",
    hot_standby: "off",
    synchronous_standby_names: "",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const server = spawn(`${bin}/postgres`, ["-D", data, ...args], { stdio: ["ignore", "inherit", "pipe"] });
  // Fast shutdown: SIGTERM would wait for clients.
  running.stop = () => server.kill("SIGINT");
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
  if (ended) return output;
  server.kill("SIGINT");
  await end;
  return undefined;
}
