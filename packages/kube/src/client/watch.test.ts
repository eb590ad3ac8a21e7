import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lines } from "./watch.ts";

test("property: lines come out whole however the bytes were cut", async () => {
  const texts = fc.array(fc.string({ unit: "binary", minLength: 1 }).filter((text) => !text.includes("\n")));
  await fc.assert(
    fc.asyncProperty(texts, fc.array(fc.nat(200)), async (wanted, cuts) => {
      const bytes = Buffer.from(wanted.map((text) => `${text}\n`).join(""));
      const places = [...new Set([0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length])].sort(
        (a, b) => a - b,
      );
      const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
      async function* source() {
        yield* chunks;
      }
      const got: string[] = [];
      for await (const line of lines(source())) got.push(line.toString());
      assert.deepEqual(
        got,
        wanted.map((text) => Buffer.from(text).toString()),
      );
    }),
  );
});

test("a line that was cut off is not an event", async () => {
  async function* source() {
    yield Buffer.from('{"a":1}\n{"b"');
  }
  const got: string[] = [];
  for await (const line of lines(source())) got.push(line.toString());
  assert.deepEqual(got, ['{"a":1}']);
});
