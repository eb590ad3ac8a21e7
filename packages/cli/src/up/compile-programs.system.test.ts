import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { defaultSettings, layoutOf } from "@keelson/embedded/cluster";
import { compilePrograms, needsCompiling } from "./compile-programs.ts";

test("all programs are compiled before a first start, so that none of them compiles anything itself", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-compile-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const layout = layoutOf(folder);
  const compiled = (): number => readdirSync(layout.compileCache, { recursive: true }).length;
  assert.equal(needsCompiling(layout), true);
  await compilePrograms(layout, defaultSettings);
  assert.equal(needsCompiling(layout), false);
  const first = compiled();
  assert.ok(first > 500, `${first} files`);
  await compilePrograms(layout, defaultSettings);
  assert.equal(compiled(), first);
});
