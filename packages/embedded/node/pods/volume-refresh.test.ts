import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { VolumeRefresh } from "./volume-refresh.ts";

/** A write that notes its beginning and its end, and takes as long as it is told. */
function writer() {
  const seen: string[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const write = async (): Promise<void> => {
    const number = gates.length;
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    seen.push(`begin ${number}`);
    await gate.promise;
    seen.push(`end ${number}`);
  };
  return { seen, gates, write };
}

test("several changes are one write, and a write waits for the one before it", async () => {
  const { seen, gates, write } = writer();
  const refresh = new VolumeRefresh(write, 1);
  refresh.soon();
  refresh.soon();
  await delay(20);
  assert.deepEqual(seen, ["begin 0"]);
  refresh.soon();
  await delay(20);
  assert.deepEqual(seen, ["begin 0"], "an older content must not be written last");
  gates[0]?.resolve();
  await delay(20);
  assert.deepEqual(seen, ["begin 0", "end 0", "begin 1"]);
  gates[1]?.resolve();
});

test("after its end nothing is written: the files of a pod that is gone stay away", async () => {
  const { seen, gates, write } = writer();
  const refresh = new VolumeRefresh(write, 1);
  refresh.soon();
  await delay(20);
  refresh.soon();
  await delay(20);
  let ended = false;
  const end = refresh.end().then(() => {
    ended = true;
  });
  await delay(20);
  assert.equal(ended, false, "what is being written is waited for");
  gates[0]?.resolve();
  await end;
  refresh.soon();
  await delay(20);
  assert.deepEqual(seen, ["begin 0", "end 0"]);
});
