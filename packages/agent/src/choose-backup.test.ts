import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { chooseBackup } from "./choose-backup.ts";

/** A backup of the timeline, which ended at that minute of nine o'clock and at that position. */
const backup = (label: string, timeline: number, minute: number, stop: string, over: object = {}) => ({
  label,
  archive: { start: `0000000${timeline}0000000000000004` },
  lsn: { stop },
  timestamp: { stop: Date.parse(`2026-11-21T09:${minute}:00Z`) / 1_000 },
  database: { id: 1, "repo-key": 1 },
  ...over,
});

const A = backup("A", 1, 10, "0/2000120");
const LEFT_BEHIND = backup("B", 1, 30, "0/5000120");
const AFTERWARDS = backup("C", 2, 50, "0/4000120");
const HISTORY = "1\t0/3021BE0\tbefore 2026-11-21 09:20:00.345525+00\n";

/** Asks a repository whose second timeline was begun at 9:40, with what was there at 9:20. */
function choose(
  backups: readonly object[],
  options: readonly string[] = [],
  archive = { id: "17-1", database: { id: 1 } },
) {
  return chooseBackup(["--repo=1", ...options], async ([command = "", ...args]) => {
    if (command === "info") return JSON.stringify([{ archive: [archive], backup: backups }]);
    if (command === "repo-ls") return JSON.stringify({ "0000000100000000": {}, "00000002.history": {} });
    assert.deepEqual(args, ["--repo=1", "archive/db/17-1/00000002.history"]);
    return HISTORY;
  });
}

describe("a restore begins with", () => {
  test("the newest backup that today's timeline goes through, not with one of the times left behind", async () => {
    assert.equal(await choose([A, LEFT_BEHIND]), "A");
    assert.equal(await choose([A, LEFT_BEHIND], ["--target-timeline=2"]), "A", "the way back");
    assert.equal(await choose([A, LEFT_BEHIND, AFTERWARDS]), "C");
    assert.equal(await choose([A, LEFT_BEHIND], ["--target-timeline=1"]), "B");
  });
  test("one that ended before the point that is wanted", async () => {
    const at = (time: string) => ["--type=time", `--target=2026-11-21 ${time}+00`];
    assert.equal(await choose([A, LEFT_BEHIND, AFTERWARDS], at("09:45:00.000000")), "A");
    assert.equal(await choose([A, AFTERWARDS], at("09:50:00.900000")), "A", "in the same second");
    assert.equal(await choose([A, AFTERWARDS], at("09:50:01.000000")), "C");
    assert.equal(await choose([A, AFTERWARDS], ["--type=lsn", "--target=0/3FFFFFF"]), "A");
  });
  test("one without damage, of this database", async () => {
    assert.equal(await choose([A, { ...AFTERWARDS, error: true }]), "A");
    assert.equal(await choose([A, { ...AFTERWARDS, database: { id: 2 } }]), "A");
  });
  test("the one that the options name, or that pgBackRest finds where there is none to choose", async () => {
    assert.equal(await choose([A], ["--set=A"]), undefined);
    assert.equal(await choose([A], ["--target-timeline=current"]), undefined);
    assert.equal(await choose([LEFT_BEHIND]), undefined);
  });
});
