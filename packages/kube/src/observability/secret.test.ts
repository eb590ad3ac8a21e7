import assert from "node:assert/strict";
import { test } from "node:test";
import { format, inspect } from "node:util";
import { createLogger } from "./logger.ts";
import { Secret } from "./secret.ts";

test("a secret prints as *** wherever it is turned into text", () => {
  const secret = new Secret("hunter2");
  const texts = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    format("%s %o", secret, secret),
    inspect([secret], { depth: 9, showHidden: true }),
  ];
  for (const text of texts) assert.ok(!text.includes("hunter2"), text);
  assert.equal(secret.reveal(), "hunter2");
});

test("log lines are JSON with a level in words, without secrets", () => {
  const out: string[] = [];
  const log = createLogger({ name: "t", destination: { write: (line) => void out.push(line) } });
  log.info({ key: "a/b", password: "hunter2", user: { token: "hunter2" }, held: new Secret("hunter2") }, "said");
  const line = JSON.parse(out[0] ?? "{}") as Record<string, unknown>;
  assert.equal(line["level"], "info");
  assert.equal(line["msg"], "said");
  assert.equal(line["key"], "a/b");
  assert.ok(!out.join().includes("hunter2"));
});
