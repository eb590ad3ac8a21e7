import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { restoreCommand } from "./dynamic-config.ts";

describe("restore_command", () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "restore-command-"));
    // As in an instance.
    mkdirSync(join(data, "pg17_wal"));
    symlinkSync("pg17_wal", join(data, "pg_wal"));
    writeFileSync(join(data, "pgbackrest"), '#!/bin/sh\necho "$@"\n');
    chmodSync(join(data, "pgbackrest"), 0o755);
  });
  afterEach(() => rmSync(data, { recursive: true }));

  const has = (name: string, secondsAgo: number): void => {
    const path = join(data, "pg_wal", name);
    writeFileSync(path, "");
    utimesSync(path, new Date(), new Date(Date.now() - secondsAgo * 1_000));
  };
  /** Whether PostgreSQL's question for a file reaches the archive. */
  const asks = (file: string, synchronous = true): boolean => {
    const command = restoreCommand(synchronous).replaceAll("%f", file).replaceAll("%p", "pg_wal/RECOVERYXLOG");
    const env = { PATH: `${data}:${process.env["PATH"]}` };
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: data, env, encoding: "utf8" });
    assert.equal(stderr, "");
    const asked = status === 0;
    assert.equal(stdout, asked ? `--stanza=db --no-archive-async archive-get ${file} pg_wal/RECOVERYXLOG\n` : "");
    return asked;
  };

  test("asks for what is not there, and not for a history that is", () => {
    has("00000002.history", 60);
    assert.equal(asks("00000003.history"), true);
    assert.equal(asks("00000002.history"), false);
    assert.equal(asks("0000000200000000000000A1"), true);
  });
  test("does not ask for a segment that is being streamed, whatever its timeline, until five seconds without any progress", () => {
    has("0000000200000000000000A1", 1);
    assert.equal(asks("0000000200000000000000A1"), false);
    assert.equal(asks("0000000300000000000000A1"), false);
    assert.equal(asks("0000000300000000000000A2"), true);
    has("0000000200000000000000A1", 6);
    assert.equal(asks("0000000200000000000000A1"), true);
  });
  test("asks for each segment where commits do not wait for replicas: the archive may have more than all of them", () => {
    has("0000000200000000000000A1", 1);
    assert.equal(asks("0000000200000000000000A1", false), true);
  });
});
