import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

const SCRIPT = join(import.meta.dirname, "bin/archive-get");

describe("a file of the archive", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "archive-get-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** Asks an archive that answers with these lines of shell. Gives the exit code. */
  const ask = (answer: string): number | null => {
    const program = join(directory, "pgbackrest");
    writeFileSync(program, `#!/bin/sh\necho "$@" >> "$TMPDIR/asked"\n${answer}\n`);
    chmodSync(program, 0o755);
    const env = { PATH: `${directory}:${process.env["PATH"]}`, TMPDIR: directory };
    const { status, stderr } = spawnSync("sh", [SCRIPT, "--stanza=db", "archive-get", "f", "pg_wal/f"], { env });
    assert.equal(String(stderr), "");
    return status;
  };
  const asked = (): number => readFileSync(join(directory, "asked"), "utf8").trim().split("\n").length;

  test("is there, or not, or the archive fails: PostgreSQL is told which", () => {
    assert.deepEqual(
      ["exit 0", "exit 1", "exit 103", "exit 0"].map((answer) => ask(answer)),
      [0, 1, 103, 0],
    );
    assert.equal(readFileSync(join(directory, "asked"), "utf8"), "--stanza=db archive-get f pg_wal/f\n".repeat(4));
  });

  test("is not asked for again at once where the archive was silent", () => {
    assert.equal(ask("sleep 6; exit 103"), 103);
    assert.equal(ask("exit 0"), 1);
    assert.equal(asked(), 1);
    const noted = (secondsAgo: number): void =>
      writeFileSync(join(directory, "archive-is-silent"), `${Math.floor(uptime()) - secondsAgo}\n`);
    noted(25);
    assert.equal(ask("exit 0"), 0);
    noted(-100);
    assert.equal(ask("exit 0"), 0, "noted before the machine was started again");
    writeFileSync(join(directory, "archive-is-silent"), "");
    assert.equal(ask("exit 0"), 0);
  });

  test("is asked for again where the archive was slow, and not silent", () => {
    for (const answer of ["sleep 3.5; exit 1", "sleep 6; exit 0", "exit 0"]) ask(answer);
    assert.equal(asked(), 3);
  });
});
