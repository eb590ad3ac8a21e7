import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lastOutOfMemory } from "./out-of-memory.ts";

const counters = {
  "memory.events": (kills: number) => `low 0\nhigh 0\nmax 9\noom ${kills + 1}\noom_kill ${kills}\noom_group_kill 0\n`,
  "memory/memory.oom_control": (kills: number) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n`,
};
for (const [file, text] of Object.entries(counters)) {
  test(`a process that the kernel ended is told for ten minutes, and again with the next one: ${file}`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), "out-of-memory-"));
    t.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "memory"));
    const count = (kills: number): void => writeFileSync(join(folder, file), text(kills));
    const told = (afterMs: number): boolean => lastOutOfMemory(Date.now() + afterMs, folder, folder) !== undefined;

    assert.equal(told(0), false, "without a counter");
    count(0);
    assert.equal(told(0), false);
    count(2);
    assert.match(lastOutOfMemory(Date.now(), folder, folder) ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/);
    assert.equal(told(590_000), true);
    assert.equal(told(601_000), false);
    count(3);
    assert.equal(told(0), true);
    count(0);
    assert.equal(told(603_000), false, "another container");
    count(3);
    assert.equal(told(0), true, "as many as were noticed before");
  });
}
