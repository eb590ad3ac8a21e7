import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning, type ProcessIdentity } from "./process-identity.ts";

/** Remembers which processes a supervisor started, so that the next one can end them if the first was killed. */
export function recordProcesses(file: string, processes: readonly ProcessIdentity[]): void {
  writeFileSync(`${file}.new`, JSON.stringify(processes));
  renameSync(`${file}.new`, file);
}

/** Ends the recorded processes that still run. Exactly those: a number that was given to another process since is left alone. */
export async function endRecordedProcesses(file: string): Promise<number> {
  let recorded: ProcessIdentity[];
  try {
    recorded = JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity[];
  } catch {
    return 0;
  }
  const left = recorded.filter(isRunning);
  for (const { pid } of left) process.kill(pid, "SIGKILL");
  while (left.some(isRunning)) await delay(10);
  return left.length;
}
