import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { BIN } from "../cluster/paths.ts";
import { restoreCommand } from "./dynamic-config.ts";

const AGENT_BIN = join(import.meta.dirname, "../../../agent/src/bin");

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
    const command = restoreCommand(synchronous)
      .replaceAll(BIN, AGENT_BIN)
      .replaceAll("%f", file)
      .replaceAll("%p", "pg_wal/RECOVERYXLOG");
    const env = { PATH: `${data}:${process.env["PATH"]}` };
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: data, env, encoding: "utf8" });
    assert.equal(stderr, "");
    const asked = status === 0;
    assert.equal(
      stdout,
      asked ? `--stanza=db --no-archive-async --protocol-timeout=3 archive-get ${file} pg_wal/RECOVERYXLOG\n` : "",
    );
    return asked;
  };

  test("asks for what is not there, and not for a history that is", () => {
    has("00000002.history", 60);
    assert.equal(asks("00000003.history"), true);
    assert.equal(asks("00000002.history"), false);
    assert.equal(asks("0000000200000000000000A1"), true);
  });
  test("does not ask for a segment that is being streamed until five seconds without any progress", () => {
    has("0000000200000000000000A1", 1);
    assert.equal(asks("0000000200000000000000A1"), false);
    assert.equal(asks("0000000300000000000000A1"), true, "after a rewind the next timeline's is in the archive only");
    assert.equal(asks("0000000300000000000000A2"), true);
    for (const secondsAgo of [6, -3_600]) {
      has("0000000200000000000000A1", secondsAgo);
      assert.equal(asks("0000000200000000000000A1"), true, "also where the clock was set back");
    }
  });
  test("does not ask for what comes after the point at which a timeline was left, on that timeline", () => {
    const write = (name: string, text: string | Buffer): void => writeFileSync(join(data, "pg_wal", name), text);
    write("00000008.history", "1\t0/1000000\tno recovery target specified\n");
    assert.equal(asks("00000009000000010000006E"), true, "without a segment nothing is known of their size");
    write("000000090000000100000001", Buffer.alloc(16 * 1024 ** 2));
    assert.equal(asks("00000009000000010000006E"), true);
    write("0000000A.history", "1\t0/6C000000\tno recovery target specified\n\n8\t0/6D000798\tx\n\n9\t1/6E039040\tx\n");
    assert.equal(asks("00000009000000010000006E"), false);
    assert.equal(
      asks("00000009000000010000006E", false),
      true,
      "it may be the only one that has the commits before that point",
    );
    assert.equal(asks("00000009000000010000006F"), false);
    assert.equal(asks("000000090000000200000000"), false);
    assert.equal(asks("00000009000000010000006D"), true);
    assert.equal(asks("0000000900000000000000FF"), true);
    assert.equal(asks("0000000A000000010000006E"), true);
    // At the very end of a segment.
    assert.equal(asks("00000001000000000000006B"), true);
    assert.equal(asks("00000001000000000000006C"), false);
  });
  test("asks for each segment where commits do not wait for replicas: the archive may have more than all of them", () => {
    has("0000000200000000000000A1", 1);
    assert.equal(asks("0000000200000000000000A1", false), true);
  });
});
