import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { confirm } from "./ask.ts";

/** Asks for the word `remove` a person who types `keys`; resolves with what the person saw. */
async function ask(keys: string, isTTY = true): Promise<string> {
  const [input, output] = [new PassThrough(), new PassThrough()].map((stream) => Object.assign(stream, { isTTY }));
  if (input === undefined || output === undefined) throw new Error("two streams");
  input.write(keys);
  await confirm("This removes it.", "remove", { input, output });
  return String(output.read());
}

test("the word goes on, and the question says which it is", async () => {
  assert.match(await ask("remove\n"), /This removes it\.\nType 'remove' to go on: /);
});

test("another answer, Ctrl-C and Ctrl-D change nothing and say so", async () => {
  for (const keys of ["\n", "yes\n", "Remove\n", "\x03", "\x04"])
    await assert.rejects(ask(keys), { name: "Failure", message: "nothing was changed." }, JSON.stringify(keys));
});

test("where nobody can answer, --yes is asked for", async () => {
  await assert.rejects(ask("remove\n", false), { name: "Failure", message: /no terminal: add --yes/ });
});
