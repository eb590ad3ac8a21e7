/** `./keelson check` and `./keelson test`: every level of tests that this machine can run, and one summary at the end. */
import { spawn } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Failure } from "../packages/cli/src/failure.ts";
import { Steps } from "../packages/cli/src/steps.ts";
import { installPackages } from "../packages/cli/src/up/system-packages.ts";
import { findKubectl } from "./kubectl.ts";
import { missingTestPackages } from "./test-packages.ts";

const root = resolve(import.meta.dirname, "..");

interface Level {
  readonly name: string;
  readonly what: string;
  readonly files: () => string[];
  /** Files that run side by side. */
  readonly concurrency: number;
  /** Minutes after which the level is ended and counts as failed. */
  readonly limitMinutes: number;
}

const tests = (pattern: string): string[] =>
  globSync([`packages/**/${pattern}`, `e2e/**/${pattern}`, `scripts/**/${pattern}`], {
    cwd: root,
    exclude: (path) => path.includes("node_modules"),
  }).sort();
const isSlow = (file: string): boolean => /\.(api|system)\.test\.ts$/.test(file) || file.startsWith("e2e/");

const levels: readonly Level[] = [
  {
    name: "pure",
    what: "pure and property tests",
    files: () => tests("*.test.ts").filter((file) => !isSlow(file)),
    concurrency: 2,
    limitMinutes: 5,
  },
  {
    name: "api",
    what: "controllers and clients against the API server",
    files: () => tests("*.api.test.ts"),
    concurrency: 1,
    limitMinutes: 20,
  },
  {
    name: "system",
    what: "real pods, networks and crashes",
    files: () => tests("*.system.test.ts"),
    concurrency: 1,
    limitMinutes: 20,
  },
  {
    name: "e2e",
    what: "the whole platform with real databases",
    files: () =>
      tests("*.test.ts").filter((file) => file.startsWith("e2e/") && !/\.(api|system)\.test\.ts$/.test(file)),
    concurrency: 1,
    limitMinutes: 45,
  },
];

/** What one run of a level counted. */
interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Types, lint and the pure tests. Throws a Failure when one of them fails. */
export async function check(): Promise<void> {
  const steps = new Steps(process.stderr, Date.now);
  const counts = [await compile(steps), await lint(steps), await runLevel(levelNamed("pure"), {})];
  conclude(counts);
}

/** All levels, or the one named. */
export async function test(name: string | undefined): Promise<void> {
  const steps = new Steps(process.stderr, Date.now);
  const chosen = name === undefined ? levels : [levelNamed(name)];
  const missing = missingTestPackages();
  if (missing.length > 0)
    await steps.run(`system packages: ${missing.join(", ")}`, (progress) => installPackages(missing, progress));
  const kubectl = await steps.run("kubectl", (progress) => findKubectl(root, progress));
  const counts: Counts[] = name === undefined ? [await compile(steps), await lint(steps)] : [];
  for (const level of chosen) counts.push(await runLevel(level, { KUBECTL: kubectl }));
  conclude(counts);
}

function levelNamed(name: string): Level {
  const level = levels.find((candidate) => candidate.name === name);
  if (level === undefined)
    throw new Failure(`there is no level '${name}': choose one of ${levels.map((each) => each.name).join(", ")}.`);
  return level;
}

function compile(steps: Steps): Promise<Counts> {
  return steps.run("types", async () => {
    const projects = await Promise.all(
      [".", "packages/portal", "packages/portal/browser"].map((project) =>
        runTool("node_modules/.bin/tsc", ["-p", project]),
      ),
    );
    return add(projects);
  });
}

function lint(steps: Steps): Promise<Counts> {
  return steps.run("lint", () => runTool("node_modules/.bin/biome", ["check", "--error-on-warnings", "."]));
}

async function runTool(program: string, args: readonly string[]): Promise<Counts> {
  const code = await run(join(root, program), args, {});
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

async function runLevel(level: Level, environment: NodeJS.ProcessEnv): Promise<Counts> {
  const files = level.files();
  const startedMs = Date.now();
  process.stdout.write(`\n${level.name}: ${level.what} (${files.length} files)\n`);
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const scratch = mkdtempSync(join(tmpdir(), "keelson-test-"));
  const countsFile = join(scratch, "counts.json");
  try {
    const args = [
      ...["--disable-warning=ExperimentalWarning", "--test", `--test-concurrency=${level.concurrency}`],
      ...["--test-reporter", join(root, "scripts/test-reporter.ts")],
      ...["--test-reporter-destination", "stdout", ...files],
    ];
    const limit = AbortSignal.timeout(level.limitMinutes * 60_000);
    const code = await run(process.execPath, args, { ...environment, KEELSON_TEST_COUNTS: countsFile }, limit);
    const counts = readCounts(countsFile);
    if (limit.aborted) process.stdout.write(`${level.name}: ended after ${level.limitMinutes} minutes\n`);
    const seconds = Math.round((Date.now() - startedMs) / 1_000);
    process.stdout.write(
      `${level.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped in ${seconds}s\n`,
    );
    // A runner that failed without a failed test (a file that crashed at its end) must not look green.
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What the reporter counted; nothing when the runner ended before it could say. */
function readCounts(file: string): Counts {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Counts) : { passed: 0, failed: 0, skipped: 0 };
}

function add(all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => all.reduce((total, counts) => total + counts[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

function conclude(all: readonly Counts[]): void {
  const { passed, failed, skipped } = add(all);
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  if (failed > 0) process.exitCode = 1;
}

function run(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<number | null> {
  const path = `${join(process.execPath, "..")}:${process.env["PATH"]}`;
  const child = spawn(program, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: path, ...environment },
  });
  return new Promise((resolvePromise, reject) => {
    // Tests take down what they started when they are told to end.
    signal?.addEventListener("abort", () => child.kill("SIGTERM"));
    child.once("error", reject);
    child.once("close", resolvePromise);
  });
}
