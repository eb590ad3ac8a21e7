import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { giveVolumeToGroup } from "./group.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-group-"));
after(() => rmSync(folder, { recursive: true }));
const notRoot = process.getuid?.() === 0 ? undefined : "only root gives files to any group";
const options = notRoot === undefined ? {} : { skip: notRoot };
const group = 4242;
let outside = "";
let volume = "";

beforeEach(() => {
  const place = mkdtempSync(join(folder, "case-"));
  [outside, volume] = [join(place, "outside"), join(place, "volume")];
  mkdirSync(join(volume, "data/deep"), { recursive: true, mode: 0o700 });
  mkdirSync(outside);
  for (const file of [join(volume, "data/file"), join(volume, "data/deep/key"), join(outside, "secret")])
    writeFileSync(file, "", { mode: 0o600 });
});

const look = (path: string): string => {
  const { gid, mode } = lstatSync(path);
  return `${gid} ${(mode & 0o7777).toString(8)}`;
};

test("everything in the volume is the group's, links and what they lead to are left", options, async () => {
  symlinkSync(join(outside, "secret"), join(volume, "data/link"));
  symlinkSync(outside, join(volume, "data/way-out"));
  await giveVolumeToGroup(volume, group, false);
  assert.equal(look(volume), `${group} 2770`);
  assert.equal(look(join(volume, "data")), `${group} 2770`);
  assert.equal(look(join(volume, "data/file")), `${group} 660`);
  assert.equal(look(join(volume, "data/deep/key")), `${group} 660`);
  assert.equal(lstatSync(join(volume, "data/link")).gid, group);
  assert.equal(look(join(outside, "secret")), "0 600");
});

test("with OnRootMismatch a volume that was given before is left", options, async () => {
  await giveVolumeToGroup(volume, group, true);
  chownSync(join(volume, "data/file"), 0, 0);
  await giveVolumeToGroup(volume, group, true);
  assert.equal(statSync(join(volume, "data/file")).gid, 0);
  await giveVolumeToGroup(volume, group, false);
  assert.equal(statSync(join(volume, "data/file")).gid, group);
});

test(
  "a volume in use: what goes meanwhile is no failure, and what is exchanged for a link leads nowhere",
  options,
  async () => {
    for (let i = 0; i < 300; i++) writeFileSync(join(volume, "data", `segment-${i}`), "", { mode: 0o600 });
    // A folder that is now one of the volume and now a link out of it, and files that come and go.
    const script = `cd "$1/data"; mkdir real; : > real/secret; i=0
    while [ ! -e ../stop ]; do
      mv real swap; ln -s "$2" real; rm real; mv swap real
      i=$((i+1)); rm -f segment-$((i % 300)); : > segment-$((i % 300))
    done`;
    const pod = spawn("sh", ["-c", script, "sh", volume, outside]);
    const ended = once(pod, "exit");
    try {
      for (let round = 0; round < 40; round++) await giveVolumeToGroup(volume, group, false);
    } finally {
      writeFileSync(join(volume, "stop"), "");
      await ended;
    }
    assert.equal(look(join(outside, "secret")), "0 600");
  },
);
