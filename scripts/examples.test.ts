import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "..");
const read = (pattern: string): string =>
  globSync(pattern, { cwd: root })
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");

test("every example is named in a page of the documentation and applied by an end-to-end test", () => {
  const [pages, scenarios] = [read("docs/*.md"), read("e2e/*.ts")];
  const files = globSync("docs/examples/*/*.yaml", { cwd: root }).sort();
  assert.ok(files.length > 0);
  const unnamed = files.filter((file) => !pages.includes(`](${file.replace("docs/", "")})`));
  const unapplied = files.filter((file) => !scenarios.includes(`example("${basename(file, ".yaml")}")`));
  assert.deepEqual({ unnamed, unapplied }, { unnamed: [], unapplied: [] });
});
