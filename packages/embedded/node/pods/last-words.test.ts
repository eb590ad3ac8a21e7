import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { testContainer } from "../testing/fixtures.ts";
import { terminationMessage } from "./last-words.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-last-words-"));
after(() => rmSync(folder, { recursive: true }));
const [file, log] = [join(folder, "termination"), join(folder, "log")];
const fallsBack = testContainer("main", { terminationMessagePolicy: "FallbackToLogsOnError" });

test("a termination message is the first 4 KiB, however much a container has written", async () => {
  writeFileSync(file, `${"a".repeat(4095)}é`);
  assert.equal(await terminationMessage(fallsBack, file, log, true), "a".repeat(4095));
  // More than a string can hold, and no disk behind it.
  truncateSync(file, 2 ** 40);
  assert.equal((await terminationMessage(fallsBack, file, log, true)).length, 4095);
});

test("without one it is the end of the log of a container that failed", async () => {
  writeFileSync(file, "");
  assert.equal(await terminationMessage(fallsBack, file, join(folder, "none"), true), "");
  const lines = Array.from({ length: 2000 }, (_, i) => `2026-01-01T00:00:00Z stdout F line ${i}`);
  writeFileSync(log, `${lines.join("\n")}\n`);
  const message = await terminationMessage(fallsBack, file, log, true);
  assert.equal(message.split("\n").length, 81);
  assert.ok(message.startsWith("line 1920\n") && message.endsWith("line 1999\n"));
  assert.equal(await terminationMessage(fallsBack, file, log, false), "");
  assert.equal(await terminationMessage(testContainer("main"), file, log, true), "");
});
