import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { LogFile } from "./log-file.ts";

test("a full disk costs lines and not the supervisor; the log goes on when there is room again and says what is missing", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keelson-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "a.log");
  symlinkSync("/dev/full", file);
  const log = new LogFile(file, 0);
  log.write("lost\n");
  // The write fails later than the call; an error that nobody listens to would end this process.
  await delay(100);
  unlinkSync(file);
  log.write("kept\n");
  log.close();
  await delay(100);
  assert.match(readFileSync(file, "utf8"), /^\{.*"lines before this one were dropped","count":1\}\nkept\n$/);
});
