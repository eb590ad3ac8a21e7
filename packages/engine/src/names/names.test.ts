import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { boundedName, MAX_LABEL_LENGTH } from "./bounded-name.ts";
import { randomSuffix } from "./suffix.ts";

const part = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?$/);

test("a short name is its parts", () => {
  assert.equal(boundedName(["hello", "ha"]), "hello-ha");
  assert.equal(boundedName(["hello", "", "ha"]), "hello-ha");
  assert.equal(boundedName(["x".repeat(63)]), "x".repeat(63));
});

test("a long name is cut and ends in a hash", () => {
  const name = boundedName(["orders-of-the-northern-warehouse-in-production", "pgbackrest-restore"]);
  assert.equal(name, "orders-of-the-northern-warehouse-in-production-pgbackr-f3428756");
  assert.ok(name.length <= MAX_LABEL_LENGTH);
});

test("names fit, are DNS labels, and differ when their parts do", () => {
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.array(part, { minLength: 1, maxLength: 4 }),
      (a, b) => {
        const name = boundedName(a);
        assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
        assert.ok(name.length <= MAX_LABEL_LENGTH);
        assert.equal(name === boundedName(b), a.join("-") === b.join("-"));
      },
    ),
  );
});

test("endings have no vowels and the asked length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), (length) => {
      assert.match(randomSuffix(randomBytes, length), new RegExp(`^[bcdfghjklmnpqrstvwxz2456789]{${length}}$`));
    }),
  );
});
