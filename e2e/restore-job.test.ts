/** The body of a restore Job with real data, PostgreSQL and pgBackRest: in the database image, without a Kubernetes around it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { openImageStore } from "@keelson/embedded/node";
import { root, testImages } from "./platform.ts";

const agent = join(root, "packages/agent");

describe("a restore Job", { skip: process.getuid?.() === 0 ? false : "needs root" }, () => {
  const state = new Map<string, string>();
  let work = "";
  before(async () => {
    const store = openImageStore({ folder: testImages(), onProgress: () => {} });
    const { rootfs } = (await store.ensure("keelson/postgresql:17")).image;
    work = mkdtempSync(join(tmpdir(), "keelson-restore-"));
    const script = join(agent, "test/restore-story.sh");
    const args = [join(agent, "test/database-image.sh"), rootfs, agent, process.execPath, script, work];
    const ran = spawnSync("unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", ...args], {
      encoding: "utf8",
      timeout: 180_000,
      killSignal: "SIGKILL",
    });
    assert.equal(ran.status, 0, ran.stderr);
    for (const line of ran.stdout.split("\n")) {
      const [what = "", ...rest] = line.split("=");
      state.set(what, rest.join("="));
    }
  });
  after(() => rmSync(work, { recursive: true, force: true }));
  const is = (expected: Record<string, string>): void => {
    for (const [what, value] of Object.entries(expected)) assert.equal(state.get(what), value, what);
  };

  test("changes nothing while the write-ahead log cannot be archived, and says so by its exit code", () => {
    assert.notEqual(state.get("waiting"), "0");
    is({ refused: "10", "refused.kept": "0" });
  });
  test("archives what waits, reaches the time, and leaves nothing of itself", () => {
    is({ first: "0", "first.rows": "{1}", "first.kept": "0" });
    assert.ok(Number(state.get("archived")) >= 4, state.get("archived"));
    assert.match(state.get("history") ?? "", /^1\t0\/\S+\tbefore \d{4}-\d\d-\d\d /);
  });
  test("reaches a time that another restore has left behind, on its timeline", () => {
    is({ second: "0", "second.rows": "{1,2}" });
  });
  test("that fails after a crash keeps the last commits, and they come back with the data from before", () => {
    is({ nowhere: "12", "nowhere.kept": "2", back: "0", "back.kept": "0", "back.rows": "{1,2,4}", archive_mode: "on" });
  });
  test("whose target does not come says so by its exit code, and how far the log goes", () => {
    is({ nowhere: "12", beyond: "12" });
    assert.match(
      state.get("nowhere.why") ?? "",
      /^spec\.options: --target=nowhere .*does not come in .*repo1 after backup/,
    );
    assert.match(state.get("beyond.why") ?? "", /--target=2099-01-01 .*ends with a commit of \d{4}-\d\d-\d\d /);
  });
  test("does not take a segment that cannot be read for the end of the log, and goes on to the end when it can be", () => {
    is({ unread: "1", read: "0", "read.rows": "{1,2,4,5,6}" });
    assert.match(state.get("unread.why") ?? "", /^The write-ahead log cannot be read from the archive: /);
  });
  test("reads the log with the options of the restore too, not only the backup", () => {
    is({ moved: "0", "moved.rows": "{1,2,4,5,6}" });
  });
  test("that is ended leaves no process, and the data from before come back", () => {
    is({ ended: "143", "ended.postgres": "0", again: "0", "again.rows": "{1,2,4}" });
  });
});
