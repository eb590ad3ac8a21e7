import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutOf } from "@keelson/embedded/cluster";
import { endEverything } from "./end-everything.ts";
import { Failure } from "./failure.ts";

test("what cannot be ended is told in one sentence, with the command that tries again", async () => {
  const busy = () => Promise.reject(new Error("Command failed: umount /x\numount: /x: target is busy\n"));
  await assert.rejects(endEverything(layoutOf("/nowhere"), { command: "./keelson down" }, busy), (error: Error) => {
    assert.ok(error instanceof Failure);
    const words = "Command failed: umount /x; umount: /x: target is busy";
    assert.equal(error.message, `not everything could be done (${words}): './keelson down' tries again.`);
    return true;
  });
});
