import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { endArchiving } from "./end-archiving.ts";

test("of what works in the data folder that which archives is ended, and nothing else", async (t) => {
  const [data, other] = ["data", "other"].map((name) =>
    realpathSync(mkdtempSync(join(tmpdir(), `archiving-${name}-`))),
  );
  const begin = (cwd: string | undefined, words: string) => {
    const child = spawn("sh", ["-c", `${words}; echo began; read end`], { cwd, stdio: ["pipe", "pipe", "inherit"] });
    return { child, end: once(child, "exit"), began: once(child.stdout, "data") };
  };
  const archives = begin(data, ": pgbackrest archive-push");
  const spared = [begin(data, ": pgbackrest archive-get"), begin(other, ": pgbackrest archive-push")];
  await Promise.all([archives, ...spared].map(({ began }) => began));
  const timer = endArchiving(data ?? "", 10);
  t.after(() => {
    clearInterval(timer);
    for (const folder of [data, other]) rmSync(folder ?? "", { recursive: true });
  });
  assert.deepEqual(await archives.end, [null, "SIGTERM"]);
  for (const { child, end } of spared) {
    child.stdin.end("\n");
    assert.deepEqual(await end, [0, null]);
  }
});
