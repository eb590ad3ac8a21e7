import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { archiveRead, recover, recoveryError } from "./recovery.ts";
import { isUnreached, unreachedText } from "./unreached.ts";

const AT = "2026-11-22 05:40:00.123 UTC [41]";
const ENDED = [
  `${AT} LOG:  redo done at 0/5000028 system usage: CPU: user: 0.00 s, system: 0.02 s, elapsed: 0.53 s`,
  `${AT} LOG:  last completed transaction was at log time 2026-11-22 05:30:12.345678+00`,
  `${AT} FATAL:  recovery ended before configured recovery target was reached`,
  "2026-11-22 05:40:00.125 UTC [1] LOG:  startup process (PID 41) exited with exit code 1",
].join("\n");
const UNREAD = [
  "2026-11-22 05:39:59.001 P00  ERROR: [103]: unable to find a valid repository:",
  "       repo1: [HostConnectError] unable to connect to 'orders-repo-host-0:8432': [111] Connection refused",
  `${AT} FATAL:  could not restore file "000000010000000000000007" from archive: child process exited with exit code 200`,
  "2026-11-22 05:40:00.125 UTC [1] LOG:  startup process (PID 41) exited with exit code 1",
].join("\n");

describe("a target that the log does not reach", () => {
  test("is told from an archive that cannot be read, and from one who is refused meanwhile", () => {
    assert.equal(isUnreached(ENDED), true);
    assert.equal(isUnreached(`${ENDED}\n${AT} FATAL:  the database system is not accepting connections`), true);
    for (const other of [UNREAD, "", "Killed"]) assert.equal(isUnreached(other), false);
    assert.match(
      recoveryError(UNREAD),
      /^The write-ahead log cannot be read from the archive: .*: repo1: .*Connection refused$/,
    );
  });

  const words = (options: readonly string[], output = ENDED): string => unreachedText(["--repo=2", ...options], output);
  test("is named with the field, the value and what to do", () => {
    const time = ["--type=time", "--target=2026-11-22 05:35:00.000000+00", "--set=20261122-050000F"];
    assert.equal(
      words(time),
      "spec.options: --target=2026-11-22 05:35:00.000000+00 is not reached: the write-ahead log of repo2 after backup 20261122-050000F ends with a commit of 2026-11-22 05:30:12.345678+00. Choose a time before that, or leave out --type and --target to restore all that there is.",
    );
    assert.match(words(time, "without a commit"), /ends before it\. Choose an earlier time/);
    assert.match(words(["--type=lsn", "--target=0/9000000"]), /^spec\.options: --target=0\/9000000 .*earlier position/);
    const name = words(["--type=name", "--target=nobody-made-this"]);
    assert.match(name, /^spec\.options: --target=nobody-made-this \(--type=name\) does not come in .*--set.*--target/);
    assert.ok(!name.includes("\n"), "the operator reads one line");
  });
});

/** As pgBackRest adds to it with each restore. */
const AUTO_CONF = `work_mem = '8MB'
restore_command = 'pgbackrest --stanza=db archive-get %f "%p"'
restore_command = 'pgbackrest --repo=2 --repo2-path="/it''s" --stanza=db archive-get %f "%p"'
recovery_target_time = '2026-11-21 09:00:00+00'
`;

describe("PostgreSQL that recovers", () => {
  /** A folder with programs of those names, made of those lines of shell. */
  const programs = (files: Record<string, string>): string => {
    const bin = mkdtempSync(join(tmpdir(), "recovery-"));
    for (const [name, body] of Object.entries(files))
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return bin;
  };

  /** What the command comes to when pgBackRest ends with these codes, one after the other: its own code, and how often it asked. */
  function read(t: TestContext, ...codes: number[]): (number | null)[] {
    const asked = 'n=$(cat "$0.n" 2>/dev/null || echo 0); echo $((n + 1)) > "$0.n"';
    const bin = programs({ pgbackrest: `echo "$@"; ${asked}; shift $((n + 6)); exit "$1"`, sleep: "" });
    t.after(() => rmSync(bin, { recursive: true }));
    const command = archiveRead(AUTO_CONF).replace("%f", "00000002.history").replace("%p", "pg_wal/RECOVERYHISTORY");
    const ran = spawnSync("sh", ["-c", command.replace("; } >&2", ` ${codes.join(" ")}; } >&2`)], {
      env: { PATH: `${bin}:${process.env["PATH"]}` },
      encoding: "utf8",
    });
    assert.match(
      ran.stderr,
      /^--repo=2 --repo2-path=\/it's --stanza=db archive-get 00000002.history pg_wal\/RECOVERYHISTORY /,
    );
    return [ran.status, ran.stderr.trim().split("\n").length];
  }
  test("takes only pgBackRest's word that a file is not there for the end of the log", (t) => {
    assert.deepEqual(read(t, 0), [0, 1]);
    assert.deepEqual(read(t, 1), [1, 1]);
    assert.deepEqual(read(t, 103, 29, 137), [200, 3]);
  });
  test("is asked for log also where pgBackRest has written no command for it, and by a command of several parts", () => {
    assert.match(archiveRead("work_mem = '8MB'"), /do \{ pgbackrest --stanza=db archive-get %f "%p"; \} >&2/);
    assert.match(archiveRead("restore_command = 'a ''b''; c \\\\ d'"), /do \{ a 'b'; c \\ d; \} >&2/);
  });
  test("asks an archive that did not answer again", (t) => {
    assert.deepEqual(read(t, 103, 0), [0, 2]);
    assert.deepEqual(read(t, 103, 103, 1), [1, 3]);
  });

  test("speaks so that its end is understood, whatever the restored configuration says", async (t) => {
    const bin = programs({
      postgres: `echo "$@" >&2; echo "FATAL:  recovery ended before configured recovery target was reached" >&2; exit 1`,
      pg_isready: "exit 2",
    });
    t.after(() => rmSync(bin, { recursive: true }));
    writeFileSync(join(bin, "postgresql.auto.conf"), AUTO_CONF);
    const output = await recover(bin, bin, { stop: () => {} });
    assert.ok(output !== undefined && isUnreached(output));
    for (const setting of ["lc_messages=C", "log_destination=stderr", "logging_collector=off", "--repo=2 --repo2"])
      assert.ok(output.includes(setting), setting);
  });
});
