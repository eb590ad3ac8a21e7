import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { mountPoints } from "@keelson/embedded/node";
import { atLeastOneFailed, type Counts, nothing } from "./test-counts.ts";
import { endLeftClusters } from "./test-leftovers.ts";
import { root } from "./test-levels.ts";

/** What the reporter has counted, and the files that had begun and not ended. */
export interface Report extends Counts {
  readonly running: readonly string[];
}

/** Milliseconds from SIGTERM to SIGKILL. */
const killAfterMs = 10_000;
/** Milliseconds that a runner has for itself, before what it runs is asked to end too. */
const leaderFirstMs = 2_000;

/**
 * Runs test files, with a temporary folder of their own, and returns what they counted, also when `signal` ended them before they were
 * done: that counts as a failure, what was running is said, and the clusters that they leave are ended.
 */
export async function runFiles(
  files: readonly string[],
  options: {
    readonly together: boolean;
    readonly concurrency: number;
    readonly environment: NodeJS.ProcessEnv;
    readonly signal: AbortSignal;
  },
): Promise<Counts> {
  // Short: the path of a unix socket, which tests make below it, has at most 107 bytes.
  const scratch = mkdtempSync(join(tmpdir(), "keelson-"));
  // As /tmp is: some programs that tests start give up root's rights.
  chmodSync(scratch, 0o1777);
  const reportFile = join(scratch, "report.json");
  try {
    const programs = options.together ? writeGroups(files, scratch) : files;
    const args = [
      ...["--disable-warning=ExperimentalWarning", "--test", `--test-concurrency=${options.concurrency}`],
      // A file that does not end takes itself with it, not those after it; the longest takes eight minutes.
      `--test-timeout=${20 * 60_000}`,
      ...["--test-reporter", join(root, "scripts/test-reporter.ts")],
      ...["--test-reporter-destination", "stdout", ...programs],
    ];
    const environment = {
      ...options.environment,
      KEELSON_TEST_REPORT: reportFile,
      // What later runs use again, such as images of node tests, does not go with this one.
      KEELSON_TEST_SHARED: process.env["KEELSON_TEST_SHARED"] ?? tmpdir(),
      TMPDIR: scratch,
      // Most programs load what others have loaded.
      NODE_COMPILE_CACHE: join(scratch, "compiled"),
    };
    const code = await runProgram(process.execPath, args, { ...options, environment });
    const { running, ...counts } = readReport(reportFile);
    if (!options.signal.aborted) {
      // A runner that failed without a failed test (a file that crashed at its end) must not look green.
      return code === 0 ? counts : atLeastOneFailed(counts);
    }
    const where = running.length === 0 ? "no file was running" : `${running.join(", ")} was running`;
    process.stdout.write(`  ✗ ended early: ${where}\n`);
    return { ...counts, failed: counts.failed + 1 };
  } finally {
    await clear(scratch);
  }
}

/** Writes a module for each package that runs the package's files together; returns their paths. */
function writeGroups(files: readonly string[], folder: string): string[] {
  const groups = Object.groupBy(files, (file) => /^packages\/([^/]+)/.exec(file)?.[1] ?? "others");
  return Object.entries(groups).map(([name, members = []]) => {
    const module = join(folder, `${name}.mjs`);
    const paths = members.map((file) => resolve(root, file));
    writeFileSync(
      module,
      `import { together } from ${JSON.stringify(join(root, "scripts/test-together.ts"))};
       together(${JSON.stringify(paths)});`,
    );
    return module;
  });
}

/** Ends what the tests have left, and removes their temporary folder. What cannot be removed is said, and does not change the counts. */
async function clear(scratch: string): Promise<void> {
  try {
    await endLeftClusters(scratch);
    const [mounted] = mountPoints(scratch);
    if (mounted !== undefined) throw new Error(`${mounted} is still mounted`);
    rmSync(scratch, { recursive: true, force: true });
  } catch (error) {
    process.stdout.write(`  ! ${scratch} stays: ${(error as Error).message}\n`);
  }
}

/** What the reporter counted; nothing when the runner ended before it could say. */
function readReport(file: string): Report {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : { ...nothing, running: [] };
}

/**
 * Runs a program of the checkout on our own Node, its output going where ours goes. Resolves with its exit code. When `signal` ends it,
 * everything that it started ends with it, except what has a process group of its own.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<number | null> {
  const path = `${join(process.execPath, "..")}:${process.env["PATH"]}`;
  // A runner inside a runner must not think that it is one of the outer's files.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const child = spawn(program, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...own, PATH: path, ...options.environment },
    // A process group of its own, so that the signal reaches the tests and what they run, and neither us nor who called us.
    detached: true,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  let ending: Promise<void> | undefined;
  const end = (): void => {
    ending = endGroup(child, ended);
  };
  if (options.signal.aborted) end();
  options.signal.addEventListener("abort", end);
  try {
    const code = await ended;
    await ending;
    return code;
  } finally {
    options.signal.removeEventListener("abort", end);
  }
}

/** Ends a process and then its group: asks, waits until none of it is left, and kills what is. */
async function endGroup(leader: ChildProcess, ended: Promise<unknown>): Promise<void> {
  const group = leader.pid;
  if (group === undefined) return;
  const deadline = Date.now() + killAfterMs;
  // First and alone: a runner whose files end under its hands would count them as failed.
  leader.kill("SIGTERM");
  await Promise.race([ended, delay(leaderFirstMs)]);
  for (let left = signalGroup(group, "SIGTERM"); left; left = signalGroup(group, 0)) {
    await delay(50);
    if (Date.now() < deadline) continue;
    signalGroup(group, "SIGKILL");
    return;
  }
}

/** False when the group has no process any more. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
