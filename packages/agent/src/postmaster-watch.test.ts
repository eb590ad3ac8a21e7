import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { watchPostmaster } from "./postmaster-watch.ts";

test("a postmaster that runs, ends and runs again is seen each time", { timeout: 20_000 }, async (t) => {
  const data = mkdtempSync(join(tmpdir(), "postmaster-"));
  const seen: string[] = [];
  let tell = (): void => {};
  const note = (what: string): void => {
    seen.push(what);
    tell();
  };
  const untilSeen = async (count: number): Promise<void> => {
    while (seen.length < count) {
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
  };
  const start = () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)", "postgres"]);
    t.after(() => child.kill());
    writeFileSync(join(data, "postmaster.pid"), `${child.pid}\n${data}\n`);
    return child;
  };
  const watch = watchPostmaster(data, { started: () => note("started"), ended: (pid) => note(`${pid}`) });
  t.after(() => clearInterval(watch));
  t.after(() => rmSync(data, { recursive: true }));

  const first = start();
  await untilSeen(1);
  first.kill("SIGKILL");
  await once(first, "exit");
  await untilSeen(2);
  start();
  await untilSeen(3);
  assert.deepEqual(seen, ["started", `${first.pid}`, "started"]);
});
