import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { BackupInfo } from "../backup/info.ts";
import { parseOptions, parseTime, postgresTime } from "./target.ts";
import { checkTarget } from "./window.ts";

describe("options of a restore", () => {
  const cases: [string[], string[]][] = [
    [[], []],
    [
      ["--type=time", '--target="2026-11-21 08:30:00+00"'],
      ["--type=time", "--target=2026-11-21 08:30:00.000000+00", "--target-action=promote"],
    ],
    [
      ["--type=time", "--target=2026-11-21T10:30:00.25+02"],
      ["--type=time", "--target=2026-11-21 08:30:00.250000+00", "--target-action=promote"],
    ],
    [
      ["--target", "2026-11-21 08:30:00"],
      ["--type=time", "--target=2026-11-21 08:30:00.000000+00", "--target-action=promote"],
    ],
    [
      ["--type time", "--target=2026-11-21 08:30:00Z"],
      ["--type=time", "--target=2026-11-21 08:30:00.000000+00", "--target-action=promote"],
    ],
    [
      ["--set=20261121-091545F", "--type=immediate"],
      ["--type=immediate", "--target-action=promote", "--set=20261121-091545F"],
    ],
    [
      ["--type=lsn", "--target=0/3000000", "--target-timeline=2"],
      ["--type=lsn", "--target=0/3000000", "--target-action=promote", "--target-timeline=2"],
    ],
  ];
  for (const [given, options] of cases) {
    test(given.join(" ") || "none", () => {
      const parsed = parseOptions(given);
      assert.ok("options" in parsed, JSON.stringify(parsed));
      assert.deepEqual(parsed.options, options);
    });
  }
  for (const [given, pattern] of [
    [["--pg1-path=/etc"], /pg1-path/],
    [["--repo=2"], /--repo is not allowed/],
    [["--link-map=a=b"], /--link-map is not allowed/],
    [["--target-action=pause"], /--target-action is not allowed/],
    [["--type=sometime"], /--type=sometime is unknown/],
    [["--type=time", "--target=yesterday"], /not a time/],
    [["--type=xid"], /needs a --target/],
    [["--type=immediate", "--target=1"], /takes no --target/],
    [["; rm -rf /"], /is not an option/],
    [["--archive-mode=off"], /--archive-mode is not allowed/],
    [["--type=xid", "--target=12a"], /not a transaction number/],
    [["--type=lsn", "--target=3000000"], /not a position/],
    [["--type=name", `--target=${"x".repeat(64)}`], /longer than/],
    [["--type=time", "--target=2026-11-21 08:30:00", "--target-timeline=two"], /not a timeline/],
    [["--set=yesterday"], /not the name of a backup/],
  ] as const) {
    test(`refuses ${given.join(" ")}`, () => {
      const parsed = parseOptions(given);
      assert.match("problem" in parsed ? parsed.problem : "", pattern);
    });
  }

  test("a time keeps its instant in PostgreSQL's form", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("2000-01-01"), max: new Date("2100-01-01"), noInvalidDate: true }),
        fc.integer({ min: -12, max: 12 }),
        (date, zone) => {
          const local = new Date(date.getTime() + zone * 3_600_000).toISOString().replace("T", " ").replace("Z", "");
          const text = `${local}${zone < 0 ? "-" : "+"}${String(Math.abs(zone)).padStart(2, "0")}`;
          assert.equal(parseTime(text), date.getTime());
          assert.equal(parseTime(postgresTime(text)), date.getTime());
        },
      ),
    );
  });
});

describe("the window of a repository", () => {
  const backup = (label: string, endedAt: number, repo = 1, lsn = "0/3000028"): BackupInfo => ({
    label,
    type: "full",
    repo,
    repositoryBytes: 0,
    startedAt: endedAt - 10,
    endedAt,
    annotations: {},
    faulty: false,
    startLsn: lsn,
    stopLsn: lsn,
  });
  const at = (text: string): number => Date.parse(text) / 1000;
  const backups = [backup("A", at("2026-11-20T00:00:00Z")), backup("B", at("2026-11-21T00:00:00Z"))];
  const window = { repo: 1, latest: Date.parse("2026-11-21T12:00:00Z") };
  const time = (text: string) => ({ type: "time" as const, target: text, time: Date.parse(text) });

  test("a time inside it is fine", () =>
    assert.equal(checkTarget(time("2026-11-20T10:00:00Z"), backups, window), undefined));
  for (const [what, target, reason] of [
    ["before the first backup", time("2026-11-19T00:00:00Z"), "TargetOutsideWindow"],
    ["in the second in which the first backup ended", time("2026-11-20T00:00:00.900Z"), "TargetOutsideWindow"],
    ["after the last commit", time("2026-11-21T13:00:00Z"), "TargetOutsideWindow"],
    [
      "before the end of the backup that is asked for",
      { ...time("2026-11-20T10:00:00Z"), set: "B" },
      "TargetOutsideWindow",
    ],
    ["a backup that is not there", { type: "immediate" as const, set: "Z" }, "UnknownBackup"],
  ] as const) {
    test(`refuses ${what}, with the window`, () => {
      const found = checkTarget(target, backups, window);
      assert.equal(found?.reason, reason);
      assert.match(found.message, reason === "UnknownBackup" ? /It has A, B/ : /from 2026-11-2/);
    });
  }
  const position = (target: string, timeline?: string) => ({
    type: "lsn" as const,
    target,
    ...(timeline === undefined ? {} : { timeline }),
  });
  const log = { ...window, lastSegment: "000000020000000000000005" };
  for (const [what, target, expected] of [
    [
      "before the first backup",
      position("0/3000000"),
      /before the end of the oldest.*from 0\/3000028 until 0\/6000000/,
    ],
    ["after the last segment", position("0/6000001"), /after the last segment/],
    ["inside", position("0/6000000"), undefined],
    ["beyond the newest timeline, on another that is named", position("1/0", "1"), undefined],
  ] as const) {
    test(`a position ${what}`, () => {
      const found = checkTarget(target, backups, log);
      if (expected === undefined) assert.equal(found, undefined);
      else assert.match(found?.message ?? "", expected);
    });
  }
  test("a backup with damaged pages opens the window only when it is named", () => {
    const [a, b] = backups;
    assert.ok(a !== undefined && b !== undefined);
    const damaged = { ...a, faulty: true };
    const early = time("2026-11-20T10:00:00Z");
    assert.equal(checkTarget(early, [damaged, b], window)?.reason, "TargetOutsideWindow");
    assert.equal(checkTarget({ ...early, set: "A" }, [damaged, b], window), undefined);
    assert.match(checkTarget({ type: "default" }, [damaged], window)?.message ?? "", /wrong checksums.*--set=A/);
  });
  test("a repository without a backup restores nothing", () => {
    assert.equal(checkTarget({ type: "default" }, backups, { ...window, repo: 2 })?.reason, "UnknownBackup");
  });
});
