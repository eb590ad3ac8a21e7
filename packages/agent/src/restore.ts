/**
 * Body of a restore Job: brings the data volume of one instance to the wanted point. PostgreSQL runs here until recovery has ended, so that
 * an unreachable target is known before any instance starts. Nothing is overwritten before the archive has all that there was.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { askPgbackrest } from "./ask-pgbackrest.ts";
import { pgbackrestError } from "./backup.ts";
import { chooseBackup } from "./choose-backup.ts";
import { LATEST_COMMIT_FILE } from "./environment.ts";
import { isRunning } from "./is-running.ts";
import { keepWal, keptTimeline, markArchived, putWalBack, unarchived } from "./kept-wal.ts";
import { DUPLICATE, isLeftBehind } from "./left-behind.ts";
import { errorText, log } from "./log.ts";
import { placeWal } from "./place-wal.ts";
import { postmasterPid } from "./postmaster-watch.ts";
import { recover, recoveryError, SOCKETS, withoutRecoverySettings } from "./recovery.ts";
import { complete, forgetCutOff, isRestored, leaveMark, MARKS } from "./restore-marks.ts";
import { isUnreached, unreachedText } from "./unreached.ts";

/** Exit code that tells the operator: it did not work, and nothing has been changed. */
export const UNTOUCHED = 10;
/** Exit code that tells the operator: the restore that is to be undone had been complete, and its data are there. */
export const COMPLETE = 11;
/** Exit code that tells the Job: the archive has no more log, and the target has not come in it. */
export const UNREACHED = 12;

/** The program that works for the Job at the moment, and how it is ended. */
export interface Running {
  stop: () => void;
}

function fail(message: string, exitCode = 1): number {
  process.stderr.write(`${message}\n`);
  try {
    writeFileSync("/dev/termination-log", message);
  } catch {
    // the log has it too
  }
  return exitCode;
}

/** Does what the environment says; returns the exit code. */
export async function restore(env: NodeJS.ProcessEnv, marks = MARKS): Promise<number> {
  const data = env["PGDATA"] ?? "";
  const bin = `/usr/pgsql-${env["KEELSON_MAJOR"] ?? ""}/bin`;
  const options = JSON.parse(env["KEELSON_RESTORE_OPTIONS"] ?? "[]") as string[];
  const mark = env["KEELSON_RESTORED"] ?? "";
  /** The data from before are wanted again. */
  const bringsBack = env["KEELSON_RESTORE_BACK"] === "yes";
  const running: Running = { stop: () => {} };
  let stopped = false;
  process.on("SIGTERM", () => {
    stopped = true;
    running.stop();
  });
  const wal = env["KEELSON_WAL"] ?? "";
  const finish = (id: string, outcome: string): number => {
    complete(id, wal, marks);
    log("info", outcome, { restore: id });
    return 0;
  };
  if (isRestored(mark, marks)) return finish(mark, "already restored");
  const undone = mark.replace(/-back$/, "");
  // Its log from before may be gone in part, and nobody has written since: the data are the restored ones.
  if (bringsBack && isRestored(undone, marks)) {
    finish(undone, "already restored");
    return fail("The restore had been complete before it could be undone: its data stay.", COMPLETE);
  }
  const pid = postmasterPid(data);
  if (pid !== undefined && isRunning(pid, "postgres"))
    return fail("PostgreSQL is still running on this volume", UNTOUCHED);
  if (!existsSync(marks.began)) {
    if (bringsBack) return finish(mark, "nothing had been overwritten");
    const unmoved = bringWalHome(data, wal);
    if (unmoved !== undefined) return fail(unmoved, UNTOUCHED);
    const missing = await archiveRest(wal, running);
    if (missing !== undefined) return stopped ? 143 : fail(missing, UNTOUCHED);
    if (stopped) return 143;
    leaveMark(marks.began, mark);
  }
  rmSync(join(data, "postmaster.pid"), { force: true });
  rmSync(LATEST_COMMIT_FILE, { force: true });
  forgetCutOff(data);
  keepWal(wal);
  if (!existsSync(join(data, "PG_VERSION")) && !existsSync(join(data, "backup.manifest"))) {
    rmSync(data, { recursive: true, force: true });
    rmSync(wal, { recursive: true, force: true });
  }
  for (const directory of [data, SOCKETS, "/pgdata/pgbackrest/log", "/pgdata/pgbackrest-spool"]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }
  // A restore that failed late may have begun a timeline of its own, which is the latest in the archive now.
  const timeline = bringsBack ? keptTimeline(wal) : undefined;
  const wanted = [...options, ...(timeline === undefined ? [] : [`--target-timeline=${timeline}`])];
  const ofRepositories = options.filter((option) => /^--((no-)?repo\d+-|config)/.test(option));
  const set = await chooseBackup(wanted, (args) =>
    askPgbackrest([...args, ...ofRepositories], (stop) => {
      running.stop = stop;
    }),
  ).catch((error: unknown) => log("warn", "pgBackRest chooses the backup", { err: errorText(error) }));
  if (stopped) return 143;
  const all = [...wanted, ...(set === undefined ? [] : [`--set=${set}`])];
  log("info", "restore starts", { options: all });
  const copied = await pgbackrest(["restore", "--delta", `--link-map=pg_wal=${wal}`, ...all], running);
  if (stopped) return 143;
  if (copied !== undefined) return fail(copied);
  if (bringsBack) putWalBack(wal);
  const output = await recover(data, bin, running);
  if (stopped) return 143;
  if (output !== undefined)
    return isUnreached(output) ? fail(unreachedText(all, output), UNREACHED) : fail(recoveryError(output));
  const autoConf = join(data, "postgresql.auto.conf");
  if (existsSync(autoConf)) writeFileSync(autoConf, withoutRecoverySettings(readFileSync(autoConf, "utf8")));
  return finish(mark, "restored");
}

/**
 * Moves the log to where it is to be, if its volume has changed since the instance started: it would be kept in a place in which the Job that brings
 * it back does not look. A log whose volume is gone cannot be kept, and a restore may be what is left to do. Returns why it cannot be moved.
 */
function bringWalHome(data: string, wal: string): string | undefined {
  try {
    if (existsSync(join(data, "pg_wal"))) placeWal(data, wal);
    return undefined;
  } catch (error) {
    return `Nothing was changed: ${errorText(error)}`;
  }
}

/** Archives what PostgreSQL has not archived yet. Returns why it cannot be done. */
async function archiveRest(wal: string, running: Running): Promise<string | undefined> {
  const rest = unarchived(wal);
  if (rest.length > 0) log("info", "write-ahead log is archived before it is overwritten", { files: rest.length });
  for (const name of rest) {
    const path = join(wal, name);
    const failure = await pgbackrest(
      ["archive-push", "--no-archive-async", path],
      running,
      isLeftBehind(path) ? [0, DUPLICATE] : [0],
    );
    if (failure !== undefined) {
      return `Nothing was changed: ${name} of the write-ahead log is not in the archive yet and cannot be put there (${failure}). See that all repositories can be reached, then make the restore again.`;
    }
    markArchived(wal, name);
  }
  return undefined;
}

/** Runs pgBackRest. Returns its last error, unless it ended with one of the expected codes. */
function pgbackrest(
  args: readonly string[],
  running: Running,
  expected: readonly number[] = [0],
): Promise<string | undefined> {
  const child = spawn("pgbackrest", ["--stanza=db", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.stop = () => child.kill("SIGTERM");
  let output = "";
  const keep = (to: NodeJS.WriteStream) => (chunk: string) => {
    output = (output + chunk).slice(-64_000);
    to.write(chunk);
  };
  child.stdout.setEncoding("utf8").on("data", keep(process.stdout));
  child.stderr.setEncoding("utf8").on("data", keep(process.stderr));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code) =>
      resolve(
        expected.includes(code ?? -1)
          ? undefined
          : (pgbackrestError(output) ?? `pgbackrest ${args[0]} ended with ${code}`),
      ),
    );
  });
}
