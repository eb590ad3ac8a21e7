import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countAnswer, FRESH, type ProbeState, probeTiming } from "./probe.ts";

const verdicts = (answers: string, probe = {}): (boolean | undefined)[] => {
  let state: ProbeState = FRESH;
  return [...answers].map((answer) => {
    state = countAnswer(state, probe, answer === "+");
    return state.verdict;
  });
};

test("one success is enough, three failures in a row are needed", () => {
  assert.deepEqual(verdicts("-+--+---"), [undefined, true, true, true, true, true, true, false]);
});

test("thresholds of its own", () => {
  assert.deepEqual(verdicts("++-+", { successThreshold: 2, failureThreshold: 1 }), [undefined, true, false, false]);
});

test("a verdict changes only after its threshold of equal answers in a row", () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      (answers, successThreshold, failureThreshold) => {
        let state: ProbeState = FRESH;
        for (const [index, ok] of answers.entries()) {
          const next = countAnswer(state, { successThreshold, failureThreshold }, ok);
          if (next.verdict !== state.verdict) {
            const needed = ok ? successThreshold : failureThreshold;
            assert.ok(answers.slice(index + 1 - needed, index + 1).every((each) => each === ok));
            assert.equal(next.verdict, ok);
          }
          state = next;
        }
      },
    ),
  );
});

test("what is left out has Kubernetes' defaults", () => {
  assert.deepEqual(probeTiming({}), { initialDelayMs: 0, periodMs: 10_000, timeoutMs: 1000 });
});

test("a probe that shall come once in a year comes rarely, not all the time", () => {
  const year = 365 * 86_400;
  const timing = probeTiming({ initialDelaySeconds: year, periodSeconds: year, timeoutSeconds: year });
  for (const ms of Object.values(timing)) assert.ok(ms > 86_400_000 && ms < 2 ** 31, String(ms));
});
