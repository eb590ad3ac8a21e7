import { setTimeout as delay } from "node:timers/promises";
import { Failure } from "../packages/cli/src/failure.ts";
import { add, atLeastOneFailed, type Counts, lastLines } from "./test-counts.ts";

/** A run of tests from its start to its last line. */
export interface Run {
  /** Ends when the run has to end early; its reason says why. */
  readonly signal: AbortSignal;
  /** Adds to what the last line says. */
  count(counts: Counts): void;
}

/** Milliseconds that the work may take to end once it has to. */
const graceMs = 20_000;

/**
 * Does `work` and prints the counts as the last line of the output, whatever ends it: its end, an error, a signal, or the limit.
 *
 * @param limitMinutes for the whole run
 */
export async function concludedRun(limitMinutes: number, work: (run: Run) => Promise<void>): Promise<never> {
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(name, () => stop.abort(new Failure(`the run was ended by ${name}.`)));
  const limit = setTimeout(
    () => stop.abort(new Failure(`the run was ended after ${limitMinutes} minutes, its limit.`)),
    limitMinutes * 60_000,
  );
  const counted: Counts[] = [];
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener("abort", () => void delay(graceMs).then(resolve));
  });
  let problem: unknown;
  const worked = work({ signal: stop.signal, count: (counts) => counted.push(counts) }).catch((error: unknown) => {
    problem = error;
  });
  await Promise.race([worked, stopped]);
  clearTimeout(limit);
  problem ??= stop.signal.reason;
  if (problem !== undefined) process.stderr.write(`keelson: ${inWords(problem)}\n`);
  const all = add(counted);
  const counts = problem === undefined ? all : atLeastOneFailed(all);
  process.stdout.write(lastLines(counts));
  // What the work has left behind, after a signal above all, must not print after that line.
  process.exit(counts.failed > 0 ? 1 : 0);
}

function inWords(problem: unknown): string {
  if (problem instanceof Failure) return problem.message;
  return problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
}
