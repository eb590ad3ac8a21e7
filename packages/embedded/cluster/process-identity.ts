import { readFileSync } from "node:fs";

/** A process that cannot be mistaken for a later one with the same number: `startTime` is in clock ticks since boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
}

/** The identity of a running process, or undefined where there is none or only a zombie of it (proc(5), stat fields 3 and 22). */
export function processIdentity(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return { pid, startTime: Number(fields[19]) };
}

/** True while exactly this process runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return processIdentity(identity.pid)?.startTime === identity.startTime;
}

/** Resident and proportional memory of a process in bytes; undefined when it is gone (proc(5), smaps_rollup). */
export function processMemory(pid: number): { readonly rssBytes: number; readonly pssBytes: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kilobytes = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
    return { rssBytes: kilobytes("Rss") * 1024, pssBytes: kilobytes("Pss") * 1024 };
  } catch {
    return undefined;
  }
}
