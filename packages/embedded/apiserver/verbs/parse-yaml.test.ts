import assert from "node:assert/strict";
import { test } from "node:test";
import { parseYaml } from "./parse-yaml.ts";

const parse = (text: string): Promise<unknown> => parseYaml(Buffer.from(text));

test("a document is read, a repeated key and broken text are not", async () => {
  assert.deepEqual(await parse("a: 1\nb: {c: [x, y]}\nd: &e {f: 1}\ng: *e\n"), {
    a: 1,
    b: { c: ["x", "y"] },
    d: { f: 1 },
    g: { f: 1 },
  });
  await assert.rejects(parse("a: 1\nb: {c: 1, c: 2}"), /key "c" already set in map/);
  await assert.rejects(parse("a: [1"), /Flow sequence/);
  await assert.rejects(parse("a: x\n- b"), Error);
});

test("aliases that multiply are refused", async () => {
  const lines = [..."bcdefgh"].map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[i]}`)}]`);
  await assert.rejects(parse(`a: &a [${Array(9).fill("x")}]\n${lines.join("\n")}`), /alias/i);
});

test("many keys take as long as many bytes, and too many bytes are refused", { timeout: 20_000 }, async () => {
  const many = `{${Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join(", ")}}`;
  assert.equal(Object.keys((await parse(many)) as object).length, 60_000);
  await assert.rejects(parse(`a: ${"x".repeat(2 * 1024 * 1024)}`), { code: 413 });
});
