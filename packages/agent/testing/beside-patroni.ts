/** Runs the Python programs of `src/bin` beside a Patroni of which only the parts are there that they look for. */
import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const BIN = join(import.meta.dirname, "../src/bin");

/** Whether tests with these programs have to be skipped. */
export const isPythonMissing = spawnSync("python3", ["--version"]).status !== 0;

/** Texts of Python modules by their paths, such as `patroni/ha.py`. */
type Modules = Readonly<Record<string, string>>;

/** A program of `src/bin`, started as in a pod: with the full path of its file. */
export const startBesidePatroni = (parts: Modules, file: string, ...words: string[]): SpawnSyncReturns<string> =>
  python([join(BIN, file), ...words], parts);

/** A program's text, which imports from `src/bin` what it tests. */
export const runBesidePatroni = (parts: Modules, program: string): SpawnSyncReturns<string> =>
  python(["-c", program], parts, BIN);

/** What the text of a program prints that has nothing but `said` to say on stderr. */
export function printBesidePatroni(parts: Modules, program: string, said = /^$/): string {
  const { stdout, stderr } = runBesidePatroni(parts, program);
  assert.match(stderr, said);
  return stdout.trimEnd();
}

function python(words: readonly string[], parts: Modules, ...path: string[]): SpawnSyncReturns<string> {
  const folder = mkdtempSync(join(tmpdir(), "beside-patroni-"));
  try {
    for (const [name, text] of Object.entries({ "patroni/__init__.py": "", ...parts })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const environment = { PYTHONPATH: [folder, ...path].join(":"), PYTHONDONTWRITEBYTECODE: "1" };
    return spawnSync("python3", words, { encoding: "utf8", env: { ...process.env, ...environment } });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
