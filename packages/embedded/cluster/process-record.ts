import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { ProcessDefinition } from "./process-definitions.ts";
import { isRunning, type ProcessIdentity } from "./process-identity.ts";

/** A program that runs, and how it is ended in order. */
export type RecordedProcess = ProcessIdentity & Pick<ProcessDefinition, "stopStage" | "stopTimeoutMs">;

/** Remembers which processes a supervisor started, so that somebody else can end them if it was killed. */
export function recordProcesses(file: string, processes: readonly RecordedProcess[]): void {
  writeFileSync(`${file}.new`, JSON.stringify(processes));
  renameSync(`${file}.new`, file);
}

/**
 * Ends the recorded processes that still run and returns how many. Exactly those: a number that was given to another process since
 * is left alone. "in order" asks each stage to end and waits, before it kills; "at once" kills.
 */
export async function endRecordedProcesses(file: string, how: "in order" | "at once"): Promise<number> {
  let recorded: RecordedProcess[];
  try {
    recorded = JSON.parse(readFileSync(file, "utf8")) as RecordedProcess[];
  } catch {
    return 0;
  }
  const left = recorded.filter(isRunning);
  for (const stage of how === "in order" ? stagesOf(left) : []) {
    for (const process of stage) signal(process, "SIGTERM");
    await ended(stage, Math.max(...stage.map(({ stopTimeoutMs }) => stopTimeoutMs)));
  }
  for (const process of left) signal(process, "SIGKILL");
  await ended(left, Number.POSITIVE_INFINITY);
  return left.length;
}

/** What ends side by side, first stage first. */
export function stagesOf<T extends { readonly stopStage: number }>(processes: readonly T[]): T[][] {
  const stages = Map.groupBy(processes, ({ stopStage }) => stopStage);
  return [...stages].sort(([a], [b]) => a - b).map(([, stage]) => stage);
}

function signal(identity: ProcessIdentity, name: "SIGTERM" | "SIGKILL"): void {
  if (isRunning(identity)) process.kill(identity.pid, name);
}

async function ended(processes: readonly ProcessIdentity[], limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (processes.some(isRunning) && Date.now() < deadline) await delay(10);
}
