import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { drained } from "./drained.ts";

const full = (): PassThrough => {
  const stream = new PassThrough({ highWaterMark: 1 });
  stream.write("more than it holds");
  return stream;
};

test("true when it is read from, false when it is closed or not read from in time", async () => {
  const read = full();
  const waits = drained(read, 5_000);
  read.resume();
  assert.equal(await waits, true);
  const closed = full();
  const ends = drained(closed, 5_000);
  closed.destroy();
  assert.equal(await ends, false);
  assert.equal(await drained(closed, 5_000), false);
  const unread = full();
  assert.equal(await drained(unread, 20), false);
  assert.deepEqual([unread.listenerCount("drain"), unread.listenerCount("close")], [0, full().listenerCount("close")]);
});
