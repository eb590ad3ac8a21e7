/** Notices the end of PostgreSQL's first process at once, where Patroni would see it at its next turn. */
import { readFileSync } from "node:fs";
import { isRunning } from "./is-running.ts";

/** One system call this often. */
const LOOK_MS = 200;

/** The process id in postmaster.pid, if the file is there. */
export function postmasterPid(dataDirectory: string): number | undefined {
  try {
    const pid = Number(readFileSync(`${dataDirectory}/postmaster.pid`, "utf8").split("\n", 1)[0]);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The process id of a PostgreSQL that runs on these data in this container. */
export function runningPostmaster(dataDirectory: string): number | undefined {
  const pid = postmasterPid(dataDirectory);
  return pid !== undefined && isRunning(pid, "postgres") ? pid : undefined;
}

/** Calls `ended` for each postmaster that ends, and `started` for each that runs. */
export function watchPostmaster(
  dataDirectory: string,
  { started, ended }: { readonly started: () => void; readonly ended: (pid: number) => void },
): NodeJS.Timeout {
  let watched: number | undefined;
  return setInterval(() => {
    if (watched === undefined) {
      watched = runningPostmaster(dataDirectory);
      if (watched !== undefined) started();
      return;
    }
    if (isRunning(watched, "postgres")) return;
    const pid = watched;
    watched = undefined;
    ended(pid);
  }, LOOK_MS);
}
