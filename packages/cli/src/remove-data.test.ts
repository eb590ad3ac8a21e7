import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { removeData } from "./remove-data.ts";
import { checkFolder, settingsFiles } from "./up/prerequisites.ts";

function dataFolder(t: TestContext): string {
  const data = mkdtempSync(join(tmpdir(), "keelson-reset-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  for (const name of ["apiserver", "pki", "volumes"]) mkdirSync(join(data, name));
  for (const name of ["apiserver/objects", "settings.json", "settings.json.new"]) writeFileSync(join(data, name), "{}");
  return data;
}

test("all of it is removed", (t) => {
  const data = dataFolder(t);
  removeData(data);
  assert.equal(existsSync(data), false);
  // Another reset was quicker.
  removeData(data);
});

test("wherever it is cut, what is left is ours, and the next time removes it", (t) => {
  const entries = readdirSync(dataFolder(t)).length;
  for (let cut = 0; cut <= entries; cut++) {
    const data = dataFolder(t);
    let removed = 0;
    const remove = (path: string): void => {
      if (removed === cut) throw new Error("cut");
      removed += 1;
      rmSync(path, { recursive: true });
    };
    if (cut < entries) assert.throws(() => removeData(data, remove), /cut/);
    checkFolder(data, { option: "--data", ours: settingsFiles });
    if (existsSync(data)) assert.ok(readdirSync(data).includes("settings.json"), `cut after ${cut}`);
    removeData(data);
    assert.equal(existsSync(data), false);
  }
});
