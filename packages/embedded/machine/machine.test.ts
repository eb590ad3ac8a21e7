import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findProgram } from "./find-program.ts";
import { privateFolder } from "./private-folder.ts";

test("a private folder is closed to others, also when it was there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-machine-"));
  after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "old"), { mode: 0o755 });
  for (const name of ["old", "a/new"]) {
    await privateFolder(join(folder, name));
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o700, name);
  }
});

test("a program is found in any of the usual folders", () => {
  assert.equal(
    findProgram("runc", (path) => path === "/usr/bin/runc"),
    "/usr/bin/runc",
  );
  assert.throws(() => findProgram("runc", () => false), /runc is in none of .*: install it/);
});
