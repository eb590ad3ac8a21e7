import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { openSubPath } from "./sub-path.ts";

const mountSource = (handle: FileHandle): string => `/proc/self/fd/${handle.fd}`;
const folder = mkdtempSync(join(tmpdir(), "keelson-sub-path-"));
after(() => rmSync(folder, { recursive: true }));
let outside = "";
let volume = "";

beforeEach(() => {
  const place = mkdtempSync(join(folder, "case-"));
  [outside, volume] = [join(place, "etc"), join(place, "volume")];
  mkdirSync(outside);
  mkdirSync(join(volume, "data/deep"), { recursive: true, mode: 0o770 });
  writeFileSync(join(volume, "data/file"), "in the volume");
});

test("a path of the volume is opened, and made as the volume's root is", async () => {
  await using deep = await openSubPath(volume, "data/./deep/");
  assert.equal(statSync(mountSource(deep)).ino, statSync(join(volume, "data/deep")).ino);
  await using fresh = await openSubPath(volume, "data/a/b");
  assert.equal(statSync(mountSource(fresh)).ino, statSync(join(volume, "data/a/b")).ino);
  assert.equal(statSync(join(volume, "data/a/b")).mode, statSync(volume).mode);
  await using file = await openSubPath(volume, "data/file");
  assert.equal(readFileSync(mountSource(file), "utf8"), "in the volume");
});

test("links are followed inside the volume, and nothing is made outside of it", async () => {
  symlinkSync("data/deep", join(volume, "in"));
  await using inside = await openSubPath(volume, "in/made");
  assert.equal(statSync(mountSource(inside)).ino, statSync(join(volume, "data/deep/made")).ino);

  symlinkSync(outside, join(volume, "out"));
  symlinkSync(join(outside, "nothing"), join(volume, "dangling"));
  symlinkSync("../etc", join(volume, "data/up"));
  for (const path of ["out", "out/x", "out/x/y", "dangling", "dangling/x", "data/up/x", "../etc/x", "a/../../etc/x"])
    await assert.rejects(openSubPath(volume, path), path);
  await assert.rejects(openSubPath(volume, "/etc"), /must stay inside the volume/);
  await assert.rejects(openSubPath(volume, "out/x"), /subPath out\/x leads out of the volume/);
  assert.deepEqual(readdirSync(outside), []);
  assert.equal(existsSync(join(outside, "nothing")), false);
});

test("what was opened stays what it is when its name is given to something else", async () => {
  await using data = await openSubPath(volume, "data");
  renameSync(join(volume, "data"), join(volume, "moved"));
  symlinkSync(outside, join(volume, "data"));
  assert.deepEqual(readdirSync(mountSource(data)).sort(), ["deep", "file"]);
});
