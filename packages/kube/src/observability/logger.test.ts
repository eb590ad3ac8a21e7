import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "./logger.ts";

test("log lines are JSON with a level in words, without secrets", () => {
  const out: string[] = [];
  const log = createLogger({ name: "t", destination: { write: (line) => void out.push(line) } });
  log.info({ key: "a/b", password: "hunter2", user: { token: "hunter2" } }, "said");
  const line = JSON.parse(out[0] ?? "{}") as Record<string, unknown>;
  assert.equal(line["level"], "info");
  assert.equal(line["msg"], "said");
  assert.equal(line["key"], "a/b");
  assert.ok(!out.join().includes("hunter2"));
});
