import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { existingPart, folderArgument } from "./folder-argument.ts";

test("a folder, and one that is not there yet, is taken; a file in its place or above it is refused", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-folder-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const path of [folder, join(folder, "new/one"), "."]) assert.equal(folderArgument(path), path);
  for (const path of [file, join(file, "below")])
    assert.throws(
      () => folderArgument(path),
      (error: Error) => error.message.startsWith(`${file} is not a folder`),
    );
  assert.equal(existingPart(join(folder, "new/one")), folder);
});
