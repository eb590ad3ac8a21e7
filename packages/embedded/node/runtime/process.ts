/** Processes by number, without mistaking a new one for an old one that had the same number. */

import { readFileSync } from "node:fs";

/** A process and the clock tick of its start: together they name one process until the machine's next boot. */
export interface ProcessId {
  readonly pid: number;
  readonly startTicks: string;
}

/** The process that has this number now; undefined for none and for one that has ended and only waits to be collected. */
export function identify(pid: number): ProcessId | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state] = fields;
    return state === "Z" || state === "X" ? undefined : { pid, startTicks: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** True while that very process runs. */
export function isAlive(process: ProcessId): boolean {
  return identify(process.pid)?.startTicks === process.startTicks;
}

/** Sends a signal; false when that process has ended. */
export function signalProcess(target: ProcessId, signal: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    process.kill(target.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Changes with every boot of the machine. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
