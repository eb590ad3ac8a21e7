/** `./keelson check` and `./keelson test`: every level of tests that this machine can run, and one summary at the end. */
import { join } from "node:path";
import type { Failure } from "../packages/cli/src/failure.ts";
import { Steps } from "../packages/cli/src/steps.ts";
import { installPackages } from "../packages/cli/src/up/system-packages.ts";
import { findKubectl } from "./kubectl.ts";
import { add, type Counts, nothing } from "./test-counts.ts";
import { type Level, levelNamed, levels, root } from "./test-levels.ts";
import { missingTestPackages } from "./test-packages.ts";
import { concludedRun, type Run } from "./test-run.ts";
import { runFiles, runProgram } from "./test-runner.ts";

/** CI ends a job after 90 minutes and would lose what was counted; the levels' own limits add up to that. */
const limitMinutes = 75;

/** Types, lint and the pure tests. */
export async function check(): Promise<void> {
  const steps = new Steps(process.stderr, Date.now);
  await concludedRun(limitMinutes, async (run) => {
    await compileAndLint(steps, run);
    run.count(await runLevel(levelNamed("pure"), {}, run.signal));
  });
}

/** All levels, or the one named. */
export async function test(name: string | undefined): Promise<void> {
  const steps = new Steps(process.stderr, Date.now);
  await concludedRun(limitMinutes, async (run) => {
    const chosen = name === undefined ? levels : [levelNamed(name)];
    const missing = missingTestPackages();
    if (missing.length > 0)
      await steps.run(`system packages: ${missing.join(", ")}`, (progress) => installPackages(missing, progress));
    const kubectl = await steps.run("kubectl", (progress) => findKubectl(root, progress));
    if (name === undefined) await compileAndLint(steps, run);
    for (const level of chosen) run.count(await runLevel(level, { KUBECTL: kubectl }, run.signal));
  });
}

async function compileAndLint(steps: Steps, run: Run): Promise<void> {
  const tool = async (program: string, ...args: string[]): Promise<Counts> => {
    const code = await runProgram(join(root, "node_modules/.bin", program), args, {
      environment: {},
      signal: run.signal,
    });
    return code === 0 ? { ...nothing, passed: 1 } : { ...nothing, failed: 1 };
  };
  const projects = [".", "packages/portal", "packages/portal/browser"];
  await steps.run("types", async () => {
    run.count(add(await Promise.all(projects.map((project) => tool("tsc", "-p", project)))));
  });
  await steps.run("lint", async () => run.count(await tool("biome", "check", "--error-on-warnings", ".")));
}

async function runLevel(level: Level, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Counts> {
  const files = level.files();
  process.stdout.write(`\n${level.name}: ${level.what} (${files.length} files)\n`);
  if (files.length === 0) return nothing;
  if (signal.aborted) {
    process.stdout.write(`  ✗ not run: ${(signal.reason as Failure).message}\n`);
    return { ...nothing, failed: 1 };
  }
  const startedMs = Date.now();
  const limit = AbortSignal.timeout(level.limitMinutes * 60_000);
  const counts = await runFiles(files, { ...level, environment, signal: AbortSignal.any([signal, limit]) });
  if (limit.aborted) process.stdout.write(`${level.name}: ended after ${level.limitMinutes} minutes\n`);
  const seconds = Math.round((Date.now() - startedMs) / 1_000);
  process.stdout.write(
    `${level.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds}s\n`,
  );
  return counts;
}
