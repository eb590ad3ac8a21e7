import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseInfo } from "../backup/info.ts";
import { abandoned, checkAbandoned, followedFiles, historyFileName, historyFiles, timelineAt } from "./abandoned.ts";
import { parseOptions } from "./target.ts";

const at = (clock: string): number => Date.parse(`2026-11-21T${clock}Z`);
const list = (files: Record<string, number>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(files).map(([name, time]) => [name, { type: "file", size: 50, time: time / 1000 }]),
    ),
  );

/** Restored at 10:05 to 09:00, a failover at 11:00. */
const files = historyFiles(
  list({
    "0000000100000000": at("08:00:00"),
    "00000003.history": at("11:00:00"),
    "00000002.history": at("10:05:00"),
  }),
);
const history = [
  "1\t0/5000028\tbefore 2026-11-21 09:00:12.5+00",
  "",
  "2\t0/7000000\tno recovery target specified",
  "",
].join("\n");

/** The second timeline's own history is the first line of the third's. */
function problemOf(time: string, ...more: string[]): string | undefined {
  const parsed = parseOptions(["--type=time", `--target=2026-11-21 ${time}+00`, ...more]);
  assert.ok("target" in parsed);
  const followed = followedFiles(parsed.target, files);
  const own = history.split("\n").slice(0, followed.at(-1)?.timeline === 2 ? 1 : undefined);
  const spans = followed.length === 0 ? [] : abandoned(own.join("\n"), followed, []);
  return checkAbandoned(parsed.target, spans, files)?.message;
}

describe("times that a restore has left behind", () => {
  test("are known from the archive alone; a failover leaves none", () => {
    assert.deepEqual(abandoned(history, files, []), [{ from: at("09:00:12.500"), to: at("10:05:00") }]);
    assert.deepEqual(
      files.map((f) => f.timeline),
      [2, 3],
    );
    assert.equal(historyFileName(26), "0000001A.history");
  });
  test("are refused, with the span and the timeline that has them", () => {
    const message = problemOf("09:30:00") ?? "";
    assert.match(message, /from 2026-11-21T09:00:12.500Z until 2026-11-21T10:05:00.000Z/);
    assert.match(message, /--target-timeline=1 /);
  });
  test("are refused on a timeline that has left them behind as well", () => {
    const message = problemOf("09:30:00", "--target-timeline=2") ?? "";
    assert.match(message, /the data of timeline 2 stand still\. Use --target-timeline=1 /);
    assert.equal(problemOf("10:30:00", "--target-timeline=2"), undefined);
  });
  test("are allowed when the timeline is named, not when it is the latest", () => {
    assert.equal(problemOf("09:30:00", "--target-timeline=1"), undefined);
    assert.equal(problemOf("09:30:00", "--target-timeline=current"), undefined);
    assert.match(problemOf("09:30:00", "--target-timeline=latest") ?? "", /left behind/);
  });
  for (const time of ["08:59:00", "10:06:00", "11:30:00"]) {
    test(`${time} lies outside`, () => assert.equal(problemOf(time), undefined));
  }
  test("of two restores, the message names the timeline of that time", () => {
    const twice = historyFiles(list({ "00000002.history": at("10:05:00"), "00000003.history": at("11:00:00") }));
    assert.deepEqual(
      [at("09:30:00"), at("10:30:00"), at("12:00:00")].map((time) => timelineAt(time, twice)),
      [1, 2, 3],
    );
  });
  test("a restore to a position: from the last backup before it, as near as one can know", () => {
    const info = [{ lsn: { stop: "0/4000000" }, timestamp: { stop: at("08:30:00") / 1000 } }];
    const backups = parseInfo(JSON.stringify([{ name: "db", backup: info }]), "db");
    const spans = abandoned("1\t0/5000028\tafter LSN 0/5000000\n", files.slice(0, 1), backups);
    assert.deepEqual(spans, [{ from: at("08:30:00"), to: at("10:05:00") }]);
  });
  test("what is no listing has no histories", () => assert.deepEqual(historyFiles("ERROR"), []));
});
