import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atLeastOneFailed, type Counts, nothing } from "./test-counts.ts";
import { root } from "./test-levels.ts";

/** What the reporter has counted, and the files that had begun and not ended. */
export interface Report extends Counts {
  readonly running: readonly string[];
}

/** Milliseconds from SIGTERM to SIGKILL. */
const killAfterMs = 10_000;

/**
 * Runs test files and returns what they counted, also when `signal` ended them before they were done: that counts as a failure,
 * and what was running is said.
 */
export async function runFiles(
  files: readonly string[],
  options: { readonly concurrency: number; readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<Counts> {
  const scratch = mkdtempSync(join(tmpdir(), "keelson-test-"));
  const reportFile = join(scratch, "report.json");
  try {
    const args = [
      ...["--disable-warning=ExperimentalWarning", "--test", `--test-concurrency=${options.concurrency}`],
      ...["--test-reporter", join(root, "scripts/test-reporter.ts")],
      ...["--test-reporter-destination", "stdout", ...files],
    ];
    const environment = { ...options.environment, KEELSON_TEST_REPORT: reportFile };
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
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What the reporter counted; nothing when the runner ended before it could say. */
function readReport(file: string): Report {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Report) : { ...nothing, running: [] };
}

/** Runs a program of the checkout on our own Node, its output going where ours goes. Resolves with its exit code. */
export function runProgram(
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
  });
  const end = (): void => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), killAfterMs).unref();
  };
  if (options.signal.aborted) end();
  options.signal.addEventListener("abort", end);
  return new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => options.signal.removeEventListener("abort", end));
}
