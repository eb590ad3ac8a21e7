import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { compileExpression } from "./regular-expression.ts";

const patterns = [
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
  "^\\d{4}-(0[1-9]|1[0-2])$",
  "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$",
  "a.c",
  "^(?:ab)?c$",
  "[^a]",
  "\\w+@",
  "^(a|b){2}$",
  "x?y{1,2}",
  "(?i)^abc$",
  "^$",
];

test("answers as RE2 does, whichever engine runs", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "c", "-", ".", "0", "1", "9", "i", "K", "@", "y", "x", "\n", "é"),
  });
  fc.assert(
    fc.property(fc.constantFrom(...patterns), text, (pattern, value) => {
      assert.equal(compileExpression(pattern).test(value), RE2JS.compile(pattern).matcher(value).find(), pattern);
    }),
    { numRuns: 2_000 },
  );
});

test("no text makes a pattern slow", () => {
  const began = performance.now();
  for (const pattern of ["^(a+)+$", "^(a|aa)+$", "^([a-z]{1,20})*$", "(x+x+)+y"]) {
    compileExpression(pattern).test(`${"a".repeat(2_000)}!`);
    compileExpression(pattern).test("x".repeat(2_000));
  }
  assert.ok(performance.now() - began < 5_000);
});

test("what RE2 does not know is refused", () => {
  for (const pattern of ["(", "(?=x)", "(?<!x)", "\\1", "[z-a]"])
    assert.throws(() => compileExpression(pattern), pattern);
});
