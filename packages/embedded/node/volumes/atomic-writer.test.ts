import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Payload, writeAtomically } from "./atomic-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-volume-"));
after(() => rmSync(folder, { recursive: true }));
const payload = (files: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]));

test("files are seen through ..data, change all at once, and go when they are no longer there", async () => {
  const volume = join(folder, "a");
  assert.equal(await writeAtomically(volume, payload({ one: "1", "deep/two": "2" }, 0o400), undefined), true);
  const first = readlinkSync(join(volume, "..data"));
  assert.equal(readlinkSync(join(volume, "one")), "..data/one");
  assert.equal(readFileSync(join(volume, "deep/two"), "utf8"), "2");
  assert.equal(statSync(join(volume, "one")).mode & 0o777, 0o400);

  assert.equal(
    await writeAtomically(volume, payload({ one: "1", "deep/two": "2" }, 0o400), undefined),
    false,
    "nothing changed",
  );
  assert.equal(readlinkSync(join(volume, "..data")), first);

  assert.equal(await writeAtomically(volume, payload({ one: "new", three: "3" }), undefined), true);
  assert.deepEqual(
    readdirSync(volume)
      .filter((name) => !name.startsWith(".."))
      .sort(),
    ["one", "three"],
  );
  assert.equal(readFileSync(join(volume, "one"), "utf8"), "new");
  assert.equal(existsSync(join(volume, first)), false, "the old files are gone");
});

test("a write that was cut off does not stand in the way of the next", async () => {
  const volume = join(folder, "b");
  await writeAtomically(volume, payload({ x: "1" }), undefined);
  const { symlinkSync } = await import("node:fs");
  symlinkSync("..half", join(volume, "..data_tmp"));
  await writeAtomically(volume, payload({ x: "2" }), undefined);
  assert.equal(readFileSync(join(volume, "x"), "utf8"), "2");
  chmodSync(volume, 0o755);
});

test("no path leaves the volume", async () => {
  for (const path of ["../x", "/etc/x", "a/../../x", "..data"])
    await assert.rejects(writeAtomically(join(folder, "c"), payload({ [path]: "" }), undefined), path);
});
