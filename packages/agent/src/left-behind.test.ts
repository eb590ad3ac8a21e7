import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isAfterFork, isBeforeFork, isLeftBehind } from "./left-behind.ts";

const MEGABYTE = 1024 ** 2;
const timeline = {
  id: 10,
  history: "1\t0/6C000000\tno recovery target specified\n\n8\t0/6D000798\tx\n\n9\t1/6E039040\tx\n",
};
const isAfter = (name: string, bytes = 16 * MEGABYTE): boolean => isAfterFork(name, timeline, bytes);

test("the segment in which a timeline was left, and what comes after it, belong to no history", () => {
  assert.equal(isAfter("00000009000000010000006E"), true);
  assert.equal(isAfter("00000009000000010000006E.partial"), true);
  assert.equal(isAfter("00000009000000010000006F"), true);
  assert.equal(isAfter("000000090000000200000000"), true);
  assert.equal(isAfter("00000009000000010000006D"), false);
  assert.equal(isAfter("0000000900000000000000FF"), false);
});

test("left at the very end of a segment, that one is whole and needed", () => {
  assert.equal(isAfter("00000001000000000000006B"), false);
  assert.equal(isAfter("00000001000000000000006C"), true);
});

test("a timeline of another history, the server's own and a later one", () => {
  assert.equal(isAfter("000000070000000000000001"), true);
  assert.equal(isAfter("0000000A000000010000006E"), false);
  assert.equal(isAfter("0000000B000000010000006E"), false);
});

test("what a timeline has from before it: segments that were whole when theirs was left, and the histories of those", () => {
  const isBefore = (name: string): boolean => isBeforeFork(name, timeline, 16 * MEGABYTE);
  for (const name of ["00000001000000000000006B", "00000009000000010000006D", "00000008.history", "00000009.history"])
    assert.equal(isBefore(name), true, name);
  const others = ["00000001000000000000006C", "00000009000000010000006E", "00000007000000000000006B"];
  const own = ["0000000A000000010000006D", "0000000A.history", "0000000B.history", "00000003.history"];
  const noSegments = ["00000001000000000000006A.partial", "00000009000000010000006D.00000028.backup", "archive_status"];
  for (const name of [...others, ...own, ...noSegments]) assert.equal(isBefore(name), false, name);
});

test("segments of another size", () => {
  // 64 megabytes: 0x1B * 64 MB is 0x6C000000.
  assert.equal(isAfter("00000001000000000000001A", 64 * MEGABYTE), false);
  assert.equal(isAfter("00000001000000000000001B", 64 * MEGABYTE), true);
});

test("what is no segment is never taken for one that was left: a history that is there twice is a fault", () => {
  for (const name of ["00000009.history", "00000009000000010000006E.00000028.backup", "RECOVERYXLOG"])
    assert.equal(isAfter(name), false);
});

test("the newest history in the server's log counts; without one nothing was ever left", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "left-behind-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const segment = join(folder, "00000009000000010000006E");
  writeFileSync(segment, Buffer.alloc(16 * MEGABYTE));
  assert.equal(isLeftBehind(segment), false);
  writeFileSync(join(folder, "00000009.history"), "8\t0/6D000798\tx\n");
  assert.equal(isLeftBehind(segment), false);
  writeFileSync(join(folder, "0000000A.history"), timeline.history);
  assert.equal(isLeftBehind(segment), true);
  rmSync(segment);
  assert.equal(isLeftBehind(segment), false);
});
