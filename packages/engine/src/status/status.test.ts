import assert from "node:assert/strict";
import { test } from "node:test";
import type { Condition } from "@keelson/resources";
import fc from "fast-check";
import { findCondition, removeConditions, setCondition, setConditions, type WantedCondition } from "./conditions.ts";
import { isSameJson } from "./equal.ts";

const t0 = Date.parse("2026-11-21T08:00:00.123Z");
const wanted = (status: WantedCondition["status"], reason = "Because"): WantedCondition => ({
  type: "Ready",
  status,
  reason,
  message: "a sentence",
});

test("the transition time moves with the status only", () => {
  const first = setCondition([], wanted("False"), { now: t0, generation: 1 });
  assert.deepEqual(first, [
    {
      type: "Ready",
      status: "False",
      reason: "Because",
      message: "a sentence",
      lastTransitionTime: "2026-11-21T08:00:00Z",
      observedGeneration: 1,
    },
  ]);
  const same = setCondition(first, wanted("False"), { now: t0 + 60_000, generation: 1 });
  assert.equal(same, first);
  const reason = setCondition(first, wanted("False", "Other"), { now: t0 + 60_000, generation: 2 });
  assert.equal(reason[0]?.lastTransitionTime, "2026-11-21T08:00:00Z");
  assert.equal(reason[0]?.observedGeneration, 2);
  const changed = setCondition(first, wanted("True"), { now: t0 + 60_000 });
  assert.equal(changed[0]?.lastTransitionTime, "2026-11-21T08:01:00Z");
  assert.deepEqual([findCondition(changed, "Ready")?.status, findCondition(first, "Ready")?.status], ["True", "False"]);
});

test("a condition of another type is never touched", () => {
  const status = fc.constantFrom("True" as const, "False" as const, "Unknown" as const);
  const condition = fc.record({
    type: fc.constantFrom("A", "B", "C"),
    status,
    reason: fc.constant("R"),
    message: fc.string(),
  });
  fc.assert(
    fc.property(fc.array(condition), condition, (before, next) => {
      const list = setConditions([], before, { now: t0 });
      const after = setCondition(list, next, { now: t0 + 5000 });
      assert.deepEqual(findCondition(after, next.type)?.status, next.status);
      for (const other of list) if (other.type !== next.type) assert.equal(findCondition(after, other.type), other);
      assert.equal(new Set(after.map(({ type }) => type)).size, after.length);
      assert.equal(setCondition(after, next, { now: t0 + 9000 }), after);
    }),
  );
});

test("conditions can be removed, and long messages fit", () => {
  const list: readonly Condition[] = setCondition([], { ...wanted("True"), message: "x".repeat(40_000) }, { now: t0 });
  assert.equal(list[0]?.message.length, 32_768);
  assert.deepEqual(removeConditions(list, ["Ready"]), []);
  assert.equal(removeConditions(list, ["Other"]), list);
});

test("objects are the same when their JSON is, whatever the order", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => isSameJson(value, JSON.parse(JSON.stringify(value)))));
  assert.ok(isSameJson({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(isSameJson({ a: [1, { b: 2, c: 3 }] }, { a: [1, { c: 3, b: 2 }] }));
  for (const [a, b] of [
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { b: 1 }],
    [[1], [1, 2]],
    [[], {}],
    [null, {}],
    ["1", 1],
  ]) {
    assert.ok(!isSameJson(a, b) && !isSameJson(b, a), JSON.stringify([a, b]));
  }
});
