import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { placeWal } from "./place-wal.ts";

const STEPS = ["copied", "placed", "replaced", "linked"];

describe("pg_wal moves to another volume", () => {
  let root: string;
  let data: string;
  let volume: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "wal-"));
    data = join(root, "pg17");
    volume = join(root, "volume");
    for (const directory of [data, volume, join(root, "old")]) mkdirSync(directory);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const isWhole = (wal: string): void => {
    assert.equal(readlinkSync(join(data, "pg_wal")), wal);
    assert.equal(readFileSync(join(data, "pg_wal", "000000010000000000000001"), "utf8"), "records");
    assert.deepEqual(readdirSync(data), ["pg_wal"]);
  };
  const dieAfter = (last: string) => (step: string) => {
    if (step === last) throw new Error("killed");
  };

  for (const kind of ["a directory", "a link"]) {
    for (const step of STEPS) {
      test(`from ${kind}, killed when it is ${step}`, () => {
        const from = kind === "a link" ? join(root, "old", "wal") : join(data, "pg_wal");
        mkdirSync(from);
        writeFileSync(join(from, "000000010000000000000001"), "records");
        if (kind === "a link") symlinkSync(from, join(data, "pg_wal"));
        const to = join(volume, "pg17_wal");
        assert.throws(() => placeWal(data, to, dieAfter(step)), /killed/);
        placeWal(data, to);
        isWhole(to);
        if (kind === "a link") assert.ok(!existsSync(from));
        placeWal(data, to);
        isWhole(to);
      });
    }
  }

  test("a volume that is not mounted any more is named, and nothing is touched", () => {
    symlinkSync(join(root, "gone", "wal"), join(data, "pg_wal"));
    assert.throws(
      () => placeWal(data, join(volume, "pg17_wal")),
      /gone\/wal, which is not mounted.*walVolumeClaimSpec/,
    );
    assert.equal(readlinkSync(join(data, "pg_wal")), join(root, "gone", "wal"));
  });

  test("without a database there is nothing to move", () => {
    placeWal(data, join(volume, "pg17_wal"));
    assert.deepEqual(readdirSync(data), []);
  });
});
