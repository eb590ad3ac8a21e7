import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { archiveInherited } from "./archive-inherited.ts";

test("inherited log is archived one file after the other, oldest first, and not further than the first that fails", async (t) => {
  const wal = mkdtempSync(join(tmpdir(), "archive-inherited-"));
  t.after(() => rmSync(wal, { recursive: true }));
  const segments = ["000000010000000000000002", "000000010000000000000003", "000000010000000000000004"];
  for (const name of segments) writeFileSync(join(wal, name), Buffer.alloc(16 * 1024 ** 2));
  writeFileSync(join(wal, "00000002.history"), "1\t0/4000798\tx\n");
  const pushed: string[] = [];
  let atWork = 0;
  const push = async (path: string): Promise<void> => {
    assert.equal(++atWork, 1);
    await new Promise((resolve) => setImmediate(resolve));
    atWork--;
    pushed.push(basename(path));
    if (pushed.length > 2) throw new Error("the repository is away");
  };
  await archiveInherited(wal, push);
  assert.deepEqual(pushed, segments.slice(0, 2), "the one in which the timeline was left is not needed");
  await assert.rejects(archiveInherited(wal, push), /away/);
  assert.equal(pushed.length, 3);
});
