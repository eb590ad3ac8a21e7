import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { nameSuffix } from "./name-suffix.ts";

test("a suffix has one letter or digit for each byte, and no vowels", () => {
  assert.equal(nameSuffix(Uint8Array.of(0, 1, 26, 27)), "bc9b");
  assert.match(nameSuffix(randomBytes(200)), /^[bcdfghjklmnpqrstvwxz2456789]{200}$/);
});
