import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { VolumeRefresh } from "./volume-refresh.ts";

/** A write that notes its beginning and its end, and takes as long as it is told. */
function writer() {
  const seen: string[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const write = async (): Promise<readonly string[]> => {
    const number = gates.length;
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    seen.push(`begin ${number}`);
    await gate.promise;
    seen.push(`end ${number}`);
    return [];
  };
  return { seen, gates, write };
}

test("several changes are one write, and a write waits for the one before it", async () => {
  const { seen, gates, write } = writer();
  const refresh = new VolumeRefresh(write, () => {}, 1);
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
  const refresh = new VolumeRefresh(write, () => {}, 1);
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

test("what is in the way is told once for as long as it lasts, and tried again without anybody asking", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const outcomes = [["no Secret a"], ["no Secret a", "no Secret b"], ["no Secret a"], [], ["no Secret a"]];
  const told: string[] = [];
  let writes = 0;
  const refresh = new VolumeRefresh(
    async () => outcomes[writes++] ?? [],
    (trouble) => told.push(`${writes}: ${trouble}`),
    1,
  );
  const pass = async (ms: number): Promise<number> => {
    t.mock.timers.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
    return writes;
  };
  refresh.soon();
  const counts = [
    await pass(1),
    await pass(499),
    await pass(1),
    await pass(1000),
    await pass(2000),
    await pass(60_000),
  ];
  assert.deepEqual(counts, [1, 1, 2, 3, 4, 4], "each try waits longer, and what is whole is left alone");
  refresh.soon();
  assert.equal(await pass(1), 5);
  assert.deepEqual(told, ["1: no Secret a", "2: no Secret b", "5: no Secret a"]);
  refresh.soon();
  assert.equal(await pass(1), 6, "a change is not kept waiting by the next try");
});
