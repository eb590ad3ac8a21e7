import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { isWhole, judge, type Places, prepareData, putAside, removeAside, writeMark } from "./data-before-restore.ts";
import { leads } from "./leader-lock.ts";

const HOUR = 3_600_000;
const at = Date.parse("2026-11-21T12:00:00Z");
const restored = { id: "r2-0123abcd", at };

describe("after a restore", () => {
  let root: string;
  let places: Places;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "restored-"));
    const marks = { restored: join(root, ".mark"), began: join(root, ".began") };
    places = { marks, directories: [join(root, "wal"), join(root, "pg17")] };
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const data = (): void => {
    for (const directory of places.directories) {
      mkdirSync(directory);
      writeFileSync(join(directory, "PG_VERSION"), "17\n");
    }
  };
  const mark = (id: string, time: number): void => {
    writeFileSync(places.marks.restored, `${id}\n`);
    utimesSync(places.marks.restored, time / 1_000, time / 1_000);
  };

  test("data of the restore itself, of a later one, or of a later volume are kept", () => {
    data();
    mark("r2-0123abcd", at - HOUR);
    assert.equal(judge(places, restored), "keep");
    mark("r3-89abcdef", at + HOUR);
    assert.equal(judge(places, restored), "keep", "a manifest with an older restore was applied again");
    rmSync(places.marks.restored);
    assert.equal(judge(places, { ...restored, at: undefined }), "keep", "the volume is younger than the restore");
  });

  test("data from before it are older, with the mark of an earlier restore or with none", () => {
    data();
    assert.equal(judge(places, restored), "older");
    mark("r1-76543210", at - HOUR);
    assert.equal(judge(places, restored), "older");
  });

  test("an empty volume has nothing to put aside", () => {
    assert.equal(judge(places, restored), "none");
    mkdirSync(places.directories[1] ?? "");
    assert.equal(judge(places, restored), "none");
  });

  test("what is put aside stays until the copy is complete, and goes beside the agent's other work", async () => {
    data();
    putAside(places);
    writeMark(places, restored);
    assert.equal(judge(places, restored), "keep");
    for (const directory of places.directories) {
      assert.ok(!existsSync(directory));
      assert.equal(readFileSync(join(`${directory}.before-restore`, "PG_VERSION"), "utf8"), "17\n");
    }
    const removal = removeAside(places);
    assert.ok(existsSync(`${places.directories[0]}.before-restore`));
    await removal;
    assert.ok(places.directories.every((directory) => !existsSync(`${directory}.before-restore`)));
  });

  describe("on a volume on which another restore was left unfinished", () => {
    const leads = async (): Promise<boolean> => true;
    const prepare = (of: typeof restored | undefined, to = places): Promise<void> => prepareData(of, to, leads);
    beforeEach(() => {
      data();
      writeFileSync(places.marks.began, "r1-76543210\n");
    });

    test("nothing starts with the data", async () => {
      await assert.rejects(prepare(undefined), { reason: "RestoreUnfinished" });
      mark("r2-0123abcd", at + HOUR);
      await assert.rejects(prepare(restored), { reason: "RestoreUnfinished" });
      assert.ok(places.directories.every(existsSync));
    });
    test("older data lie aside and a leader is copied, whenever the instance dies", async () => {
      await prepare(restored);
      assert.ok(!existsSync(places.marks.began) && !existsSync(places.directories[1] ?? ""));
      await prepare(restored);

      data();
      writeFileSync(places.marks.began, "r1-76543210\n");
      rmSync(places.marks.restored);
      putAside(places);
      await prepare(restored);
      assert.ok(!existsSync(places.marks.began), "died before the mark was written");
    });
  });

  test("an instance that died while it put data aside goes on", () => {
    data();
    putAside({ ...places, directories: places.directories.slice(0, 1) });
    assert.equal(judge(places, restored), "older", "the data directory is still there");
    putAside(places);
    assert.equal(judge(places, restored), "none", "died before the mark was written");
    assert.ok(places.directories.every((directory) => existsSync(join(`${directory}.before-restore`, "PG_VERSION"))));
  });
});

test("only a running primary that holds the lock and is not this instance can be copied", () => {
  const pod = (role: string, ready = true, deletionTimestamp?: string) => ({
    metadata: {
      name: "b",
      annotations: { status: JSON.stringify({ state: "running", role }) },
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  });
  const lock = (leader?: string) => ({ metadata: { annotations: leader === undefined ? {} : { leader } } }) as never;
  assert.equal(leads([pod("primary")], lock("b"), "a"), true);
  assert.equal(leads([pod("primary")], lock("b"), "b"), false);
  assert.equal(leads([pod("primary")], lock(), "a"), false);
  assert.equal(leads([], lock("b"), "a"), false);
  assert.equal(leads([pod("replica")], lock("b"), "a"), false);
  assert.equal(leads([pod("primary", false)], lock("b"), "a"), false);
  assert.equal(leads([pod("primary", true, "2026-11-21T12:00:00Z")], lock("b"), "a"), false);
});

test("a copy is complete when it streams", () => {
  assert.equal(isWhole('{"state":"running","role":"replica","replication_state":"streaming"}'), true);
  assert.equal(isWhole('{"state":"running","role":"primary"}'), true);
  assert.equal(isWhole('{"state":"running","role":"replica","replication_state":"in archive recovery"}'), false);
  assert.equal(isWhole('{"state":"creating replica","role":"replica"}'), false);
});
