import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "./command.ts";

test("what a program says is the answer; why it failed, or could not be started, is the error", async () => {
  assert.equal(await runCommand(["cat"], { input: "said" }), "said");
  await assert.rejects(runCommand(["sh", "-c", "echo why >&2; exit 3"]), /sh -c .* ended with 3: why/);
  await assert.rejects(runCommand(["keelson-has-no-such-program"]), /ENOENT/);
});
