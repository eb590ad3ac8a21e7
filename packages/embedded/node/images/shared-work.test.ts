import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedWork } from "./shared-work.ts";

/** Work that takes until it is told to end, and notes when it is given up. */
function slowWork() {
  const shared = new SharedWork<string>();
  const results: PromiseWithResolvers<string>[] = [];
  const givenUp: number[] = [];
  const join = (signal?: AbortSignal): Promise<string> =>
    shared.share(
      "work",
      (signal) => {
        const number = results.length;
        signal.addEventListener("abort", () => givenUp.push(number));
        const result = Promise.withResolvers<string>();
        results.push(result);
        return result.promise;
      },
      signal,
    );
  return { results, givenUp, join };
}

test("who leaves is let go at once, and the work goes on for the others", async () => {
  const { results, givenUp, join } = slowWork();
  const leaving = new AbortController();
  const [left, stayed] = [join(leaving.signal), join()];
  leaving.abort(new Error("has left"));
  await assert.rejects(left, /has left/);
  assert.deepEqual(givenUp, []);
  results[0]?.resolve("done");
  assert.equal(await stayed, "done");
  assert.equal(results.length, 1);
  await assert.rejects(join(leaving.signal), /has left/, "who has left does not begin anything");
});

test("work that everybody has left is given up, whatever comes of it, and begun anew for the next", async () => {
  const { results, givenUp, join } = slowWork();
  const leaving = new AbortController();
  const left = [join(leaving.signal), join(leaving.signal)];
  leaving.abort(new Error("has left"));
  for (const each of left) await assert.rejects(each, /has left/);
  assert.deepEqual(givenUp, [0]);
  const next = join();
  results[0]?.reject(new Error("nobody hears this"));
  results[1]?.resolve("again");
  assert.equal(await next, "again");
});
