/** The PostgreSQL of this pod, as its files and its process tell. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { isRunning } from "./is-running.ts";

export interface Server {
  readonly pid: number;
  /** True when this process is there, is a postgres and works in the data folder. */
  readonly runs: boolean;
  /** The eighth line: `ready` of a replica too that takes queries; `stopping` from the moment at which it was told to. */
  readonly status: string;
  /** True with a standby.signal or recovery.signal, which a promotion removes. */
  readonly recovers: boolean;
}

/** The PostgreSQL of a data folder; undefined without one, and while it runs for a single user, which has no positive id there. */
export function serverOf(dataDirectory: string): Server | undefined {
  try {
    const lines = readFileSync(`${dataDirectory}/postmaster.pid`, "utf8").split("\n");
    const pid = Number(lines[0]);
    if (!Number.isInteger(pid) || pid <= 1) return undefined;
    return {
      pid,
      runs: isRunning(pid, "postgres") && realpathSync(`/proc/${pid}/cwd`) === realpathSync(dataDirectory),
      status: lines[7]?.trim() ?? "",
      recovers: ["standby.signal", "recovery.signal"].some((name) => existsSync(`${dataDirectory}/${name}`)),
    };
  } catch {
    return undefined;
  }
}

export const takesWrites = (server: Server | undefined): server is Server =>
  server?.runs === true && server.status === "ready" && !server.recovers;
