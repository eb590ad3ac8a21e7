import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Runtime } from "../runtime/runtime.ts";
import { execForClient } from "./exec.ts";
import type { StreamSession } from "./session.ts";

const folder = mkdtempSync(join(tmpdir(), "keelson-exec-"));
after(() => rmSync(folder, { recursive: true }));

/** A runtime whose containers are this machine. */
function runtime(words: readonly string[]): Runtime {
  const pidFile = join(folder, "pid");
  const execCommand = async () => ({ words, pidFile, failure: async () => undefined, done: async () => {} });
  return { execCommand } as unknown as Runtime;
}

test("a program waits for a client that does not read, also on a terminal; nothing is lost", async () => {
  const done = join(folder, "done");
  const bytes = 6 * 1024 * 1024;
  const gate = Promise.withResolvers<void>();
  let received = 0;
  const session = {
    stdin: undefined,
    stdout: async (data: Buffer) => {
      await gate.promise;
      received += data.length;
    },
    onResize: () => {},
    closed: new Promise(() => {}),
  } as unknown as StreamSession;
  const script = `head -c ${bytes} /dev/zero; touch ${done}`;
  const container = { id: "c", context: { env: [] as string[] } } as unknown as Parameters<typeof execForClient>[1];
  const request = { stdin: false, stdout: true, stderr: false, tty: true, command: [] };
  const outcome = execForClient(runtime(["sh", "-c", script]), container, request, session);
  await delay(1_500);
  assert.ok(!existsSync(done), "it must not run ahead of its client");
  gate.resolve();
  assert.deepEqual(await outcome, { exitCode: 0 });
  assert.equal(received, bytes);
});
