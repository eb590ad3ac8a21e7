import { globSync } from "node:fs";
import { resolve } from "node:path";
import { Failure } from "../packages/cli/src/failure.ts";

/** The checkout whose tests these are. */
export const root = resolve(import.meta.dirname, "..");

/** Tests that need the same of the machine. */
export interface Level {
  readonly name: string;
  readonly what: string;
  readonly files: () => string[];
  /** Whether the files of one package share a process; else each has its own. */
  readonly together: boolean;
  /** Processes that run side by side. */
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

/** From quick to slow. */
export const levels: readonly Level[] = [
  {
    name: "pure",
    what: "pure and property tests",
    files: () => tests("*.test.ts").filter((file) => !isSlow(file)),
    together: true,
    concurrency: 2,
    limitMinutes: 5,
  },
  {
    name: "api",
    what: "controllers and clients against the API server",
    files: () => tests("*.api.test.ts"),
    together: false,
    concurrency: 2,
    limitMinutes: 20,
  },
  {
    name: "system",
    what: "real pods, networks and crashes",
    files: () => tests("*.system.test.ts"),
    together: false,
    concurrency: 1,
    limitMinutes: 20,
  },
  {
    name: "e2e",
    what: "the whole platform with real databases",
    files: () =>
      tests("*.test.ts").filter((file) => file.startsWith("e2e/") && !/\.(api|system)\.test\.ts$/.test(file)),
    together: false,
    concurrency: 1,
    limitMinutes: 60,
  },
];

/** The level of that name. Throws a Failure that names the levels there are. */
export function levelNamed(name: string): Level {
  const level = levels.find((candidate) => candidate.name === name);
  if (level === undefined)
    throw new Failure(`there is no level '${name}': choose one of ${levels.map((each) => each.name).join(", ")}.`);
  return level;
}
