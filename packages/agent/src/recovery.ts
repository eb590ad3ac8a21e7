/** PostgreSQL on restored data, alone and reachable by nobody, until recovery has ended. */
import { spawn, spawnSync } from "node:child_process";
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

/** The words with which PostgreSQL ended, for people. */
export function recoveryError(output: string): string {
  const fatal = output
    .split("\n")
    // Whoever tries to connect meanwhile is refused in lines of the same rank.
    .filter((line) => /(FATAL|PANIC): /.test(line) && !/FATAL: +the database system is /.test(line))
    .at(-1);
  return fatal?.replace(/^.*?(FATAL|PANIC): +/, "") ?? "PostgreSQL ended before recovery was complete";
}

/** Runs PostgreSQL until recovery has ended, then stops it cleanly. Returns what went wrong. */
export async function recover(data: string, bin: string, running: Running): Promise<string | undefined> {
  const settings = {
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
  if (ended) return recoveryError(output);
  server.kill("SIGINT");
  await end;
  return undefined;
}
