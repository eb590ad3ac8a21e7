import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pgbackrestError, takeBackup } from "./backup.ts";
import { type ExecOutcome, exitCodeOf } from "./pod-exec.ts";
import { readRepository } from "./repository.ts";

const request = { namespace: "n", pod: "host-0", configHash: "h", jobName: "j", options: ["--type=full"] };
const ended = (exitCode: number, stderr = ""): ExecOutcome => ({ exitCode, stdout: "", stderr });
const BROKEN = "broken";

/** A repository host: `backups` are what each try of a backup comes to, `info` what it says before and between. */
async function on(host: { backups: (ExecOutcome | typeof BROKEN)[]; info?: object[] }) {
  const info = [...(host.info ?? [])];
  const backups = [...host.backups];
  const [slept, started]: [number[], number[]] = [[], []];
  const fallback = { archive: [{ max: "000000010000000000000001" }] };
  const reason = await takeBackup(request, {
    exec: async (command) => {
      if (command[0] === "cat") return { ...ended(0), stdout: "h\n" };
      if (command.includes("info")) return { ...ended(0), stdout: JSON.stringify([info.shift() ?? fallback]) };
      started.push(slept.length);
      const outcome = backups.shift() ?? ended(0);
      if (outcome === BROKEN) throw new Error("connection to host-0 ended before the command did");
      return outcome;
    },
    sleep: async (ms) => void slept.push(ms),
  });
  return { reason, tries: started.length, slept };
}

const mine = { archive: [{ max: "x" }], backup: [{ annotation: { "percona.com/backup-job-name": "j" } }] };
const running = { archive: [{ max: "x" }], status: { lock: { backup: { held: true } } } };

describe("a backup Job", () => {
  test("tries again after a lock, a missing primary, a late segment and a broken connection, with growing pauses", async () => {
    const seen = await on({ backups: [ended(50), ended(56), ended(82), BROKEN, ended(0)] });
    assert.deepEqual(seen, { reason: undefined, tries: 5, slept: [2_000, 4_000, 8_000, 16_000] });
  });
  test("ends at once with what does not pass", async () => {
    const seen = await on({ backups: [ended(31, "P00  ERROR: [031]: invalid option '--oops'")] });
    assert.deepEqual(seen, { reason: "invalid option '--oops'", tries: 1, slept: [] });
  });
  test("gives up after about ten minutes, with the last reason", async () => {
    const seen = await on({ backups: Array.from({ length: 99 }, () => ended(56, "ERROR: [056]: no primary")) });
    assert.equal(seen.reason, "no primary");
    const total = seen.slept.reduce((a, b) => a + b);
    assert.ok(total >= 600_000 && total < 700_000, String(total));
  });
  test("what went on running after the connection broke is waited for, not run twice", async () => {
    const archived = { archive: [{ max: "x" }] };
    const seen = await on({ backups: [BROKEN], info: [archived, running, running, mine] });
    assert.deepEqual([seen.reason, seen.tries], [undefined, 1]);
  });
  test("a pod that replaces another takes what is there", async () => {
    assert.equal((await on({ backups: [], info: [mine] })).tries, 0);
  });
  test("the first backup waits until a segment is archived, but not for ever", async () => {
    const none = { archive: [{ max: null }] };
    const soon = await on({ backups: [ended(0)], info: [none, none] });
    assert.deepEqual([soon.tries, soon.slept], [1, [1_000, 1_000]]);
    const late = await on({ backups: [ended(50)], info: [none, none, none] });
    assert.equal(late.slept.at(-1), 2_000);
    const never = await on({ backups: [ended(0)], info: Array.from({ length: 500 }, () => none) });
    assert.deepEqual([never.tries, never.slept.length], [1, 90]);
  });
});

test("the last error of pgBackRest, without its time and number", () => {
  const output = [
    "2026-11-21 09:00:00.000 P00   INFO: backup command begin",
    "2026-11-21 09:00:01.000 P00  ERROR: [056]: unable to find primary cluster - cannot proceed",
    "                                    HINT: are all available clusters in recovery?",
  ].join("\n");
  assert.equal(pgbackrestError(output), "unable to find primary cluster - cannot proceed");
  assert.equal(pgbackrestError("all is well"), undefined);
  const announced =
    "P00  ERROR: [104]: archive-push command encountered error(s):\n   repo1: [FileOpenError] unable to open";
  assert.match(pgbackrestError(announced) ?? "", /error\(s\): repo1: \[FileOpenError\] unable to open$/);
});

test("the exit code in the last message of an exec", () => {
  assert.equal(exitCodeOf({ status: "Success" }), 0);
  const causes = [{ reason: "ExitCode", message: "50" }];
  assert.equal(exitCodeOf({ status: "Failure", details: { causes } }), 50);
  assert.equal(exitCodeOf({ status: "Failure", message: "container not found" }), 1);
});

test("a repository that is not understood is no repository without backups", () => {
  assert.equal(readRepository("{", "j"), undefined);
  assert.equal(readRepository("[]", "j"), undefined);
});
