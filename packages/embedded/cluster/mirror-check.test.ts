import assert from "node:assert/strict";
import { test } from "node:test";
import { aptWords } from "./mirror-check.ts";

test("what apt says of a mirror that cannot be reached is one line without its prefix", () => {
  const output =
    "Ign:1 http://a/x InRelease\nE: Failed to fetch http://a/x/InRelease  Could not resolve 'a'\nE: Download Failed\n";
  assert.equal(aptWords(output), "Failed to fetch http://a/x/InRelease  Could not resolve 'a'");
  assert.equal(aptWords(""), undefined);
});
