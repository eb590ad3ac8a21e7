import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const SCRIPT = join(import.meta.dirname, "bin/create-replica");

test("data that are made anew forget which commit the ones before had archived last", (t) => {
  const volume = mkdtempSync(join(tmpdir(), "keelson-create-replica-"));
  t.after(() => rmSync(volume, { recursive: true }));
  const note = join(volume, "latest_commit_timestamp.txt");
  writeFileSync(note, "2026-11-21 08:30:00.123456 UTC\n");
  const env = { PATH: process.env["PATH"], PGDATA: join(volume, "pg17"), KEELSON_WAL: join(volume, "wal") };
  // Nobody says here which backup there is.
  assert.equal(spawnSync("sh", [SCRIPT], { env }).status, 1);
  assert.ok(!existsSync(note));
});
