import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OwnWrites } from "./own-writes.ts";

test("what the watch delivers from before our write is held back", () => {
  const own = new OwnWrites();
  own.advance("5");
  assert.ok(own.noteStored("a", "8", "u1"));
  assert.ok(!own.admits("stored", "a", "6", "u1"));
  assert.ok(own.admits("stored", "a", "8", "u1"));
  assert.ok(own.admits("stored", "a", "9", "u1"));
});

test("an answer that comes after the watch has passed is old news", () => {
  const own = new OwnWrites();
  own.advance("10");
  assert.ok(!own.noteStored("a", "8", "u1"));
});

test("what we removed does not come back, but a new object of that name does", () => {
  const own = new OwnWrites();
  own.noteRemoved("a", "u1");
  assert.ok(!own.admits("stored", "a", "3", "u1"));
  assert.ok(own.admits("stored", "a", "4", "u2"));
  own.noteRemoved("b", "u3");
  assert.ok(own.admits("removed", "b", "5", "u3"));
});

test("a list from before our write does not take the object away", () => {
  const own = new OwnWrites();
  own.advance("5");
  own.noteStored("a", "8", "u1");
  own.restart();
  assert.ok(own.holds("a", "7"));
  assert.ok(!own.holds("a", "8"));
});

test("nothing is held back for ever", () => {
  let now = 0;
  const own = new OwnWrites(() => now);
  own.noteStored("a", "1000", "u1");
  own.noteRemoved("b", "u2");
  now = 200_000;
  assert.ok(own.admits("stored", "a", "3", "u1"), "a server restored from a backup");
  assert.ok(own.admits("stored", "b", "3", "u2"));
});

test("property: whatever the order of answers and events, the cache never goes back", () => {
  // Versions 1..n of one object, all written by us; the watch delivers all in order, each answer comes at any time after its write.
  const scenario = fc
    .integer({ min: 1, max: 12 })
    .chain((n) => fc.tuple(fc.constant(n), fc.array(fc.nat(2 * n), { minLength: n, maxLength: n })));
  fc.assert(
    fc.property(scenario, ([n, answerTimes]) => {
      const own = new OwnWrites();
      const events = [
        ...Array.from({ length: n }, (_, i) => ({ at: 2 * i + 1, version: i + 1, from: "watch" as const })),
        ...answerTimes.map((at, i) => ({ at, version: i + 1, from: "answer" as const })),
      ].sort((a, b) => a.at - b.at);
      let cached = 0;
      let acknowledged = 0;
      for (const { version, from } of events) {
        if (from === "answer") {
          if (own.noteStored("a", String(version), "u"))
            cached = Math.max(cached, version) === version ? version : assert.fail("went back");
          acknowledged = Math.max(acknowledged, version);
        } else {
          if (own.admits("stored", "a", String(version), "u")) {
            assert.ok(version >= cached, "went back");
            cached = version;
          }
          own.advance(String(version));
        }
        assert.ok(cached >= acknowledged, "an acknowledged write is not shown");
      }
      assert.equal(cached, n);
    }),
  );
});

test("a removal whose event came before its answer is forgotten in time", () => {
  let now = 0;
  const own = new OwnWrites(() => now);
  assert.equal(own.admits("removed", "a", "7", "u"), true);
  own.noteRemoved("a", "u");
  own.advance("8");
  assert.equal(own.size, 1);
  now = 121_000;
  own.advance("9");
  assert.equal(own.size, 0);
});
