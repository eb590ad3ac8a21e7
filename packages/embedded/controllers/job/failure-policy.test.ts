import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Job, Pod } from "../objects/types.ts";
import { judgeFailure } from "./failure-policy.ts";

type Rules = NonNullable<NonNullable<NonNullable<Job["spec"]>["podFailurePolicy"]>["rules"]>;

/** The verdict on a pod whose containers, by name, ended with these codes. */
function judge(rules: Rules, codes: Record<string, number>, conditions: Record<string, string> = {}) {
  const status = {
    phase: "Failed",
    containerStatuses: Object.entries(codes).map(([name, exitCode]) => ({ name, state: { terminated: { exitCode } } })),
    conditions: Object.entries(conditions).map(([type, value]) => ({ type, status: value })),
  };
  const pod = { metadata: { namespace: "ns", name: "p" }, status } as unknown as Pod;
  return judgeFailure({ metadata: {}, spec: { podFailurePolicy: { rules } } } as unknown as Job, pod);
}

describe("podFailurePolicy", () => {
  const copy = { containerName: "copy", operator: "In", values: [10, 12] };
  test("looks at the container that it names, at its codes only", () => {
    const rules = [{ action: "FailJob", onExitCodes: copy }];
    assert.deepEqual(judge(rules, { other: 1, copy: 12 }), {
      counts: true,
      failsJob: "Container copy for pod ns/p failed with exit code 12 matching FailJob rule at index 0",
    });
    for (const codes of [{ copy: 1 }, { other: 12, copy: 1 }, { copy: 0 }]) {
      assert.deepEqual(judge(rules, codes), { counts: true });
    }
  });
  test("NotIn: every other code, without success", () => {
    const rules = [{ action: "Ignore", onExitCodes: { operator: "NotIn", values: [10] } }];
    assert.deepEqual(judge(rules, { copy: 9 }), { counts: false });
    for (const exitCode of [0, 10]) assert.deepEqual(judge(rules, { copy: exitCode }), { counts: true });
  });
  test("the first rule that matches decides", () => {
    const count = { action: "Count", onExitCodes: copy };
    const disrupted = { action: "FailJob", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] };
    assert.deepEqual(judge([count, disrupted], { copy: 10 }, { DisruptionTarget: "True" }), { counts: true });
    assert.equal(
      judge([count, disrupted], { copy: 1 }, { DisruptionTarget: "True" }).failsJob,
      "Pod ns/p has condition DisruptionTarget matching FailJob rule at index 1",
    );
    assert.deepEqual(judge([disrupted], { copy: 1 }, { DisruptionTarget: "False" }), { counts: true });
  });
});
