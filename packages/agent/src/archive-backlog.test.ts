import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { archiveBacklog } from "./archive-backlog.ts";

const NOW = Date.parse("2026-11-21T12:00:30Z");

test("segments that have waited for long are told, with the time of the oldest; fresh and archived ones are not", (t) => {
  const data = mkdtempSync(join(tmpdir(), "archive-backlog-"));
  t.after(() => rmSync(data, { recursive: true }));
  const folder = join(data, "pg_wal", "archive_status");
  assert.equal(archiveBacklog(data, NOW), undefined);
  mkdirSync(folder, { recursive: true });
  const put = (name: string, ageSeconds: number): void => {
    writeFileSync(join(folder, name), "");
    const at = NOW / 1000 - ageSeconds;
    utimesSync(join(folder, name), at, at);
  };
  put("000000010000000000000001.done", 9_000);
  put("000000010000000000000002.ready", 60);
  assert.equal(archiveBacklog(data, NOW), undefined);
  put("000000010000000000000003.ready", 600);
  put("000000010000000000000004.ready", 300);
  assert.deepEqual(archiveBacklog(data, NOW), { since: "2026-11-21T11:50:00Z", segments: 2 });
});
