/**
 * While PostgreSQL stops together with its whole machine: segments that cannot be handed over are left for the next start. The repository's
 * host ends at the same time, and PostgreSQL would wait for pgBackRest, which tries for longer than the pod has.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { log } from "./log.ts";

/** The last segment of a server takes some 300 ms. */
const PATIENCE_MS = 3_000;

/** What archives for the server with these data, which begins its commands in its own directory: the command's shell and pgBackRest. */
function archiving(directory: string): number[] {
  const isArchiving = (pid: string): boolean => {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === directory &&
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("archive-push")
      );
    } catch {
      return false; // it has ended meanwhile
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isArchiving(name))
    .map(Number);
}

/** Ends what archives from `patienceMs` on, for as long as this program runs. An archiver whose command is ended by a signal ends too. */
export function endArchiving(dataDirectory: string, patienceMs = PATIENCE_MS): NodeJS.Timeout {
  const directory = realpathSync(dataDirectory);
  return setInterval(() => {
    for (const pid of archiving(directory)) {
      try {
        process.kill(pid, "SIGTERM");
        log("warn", "archiving is left for the next start", { pid });
      } catch {
        // it has ended meanwhile
      }
    }
  }, patienceMs);
}
