import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fieldErrorMessage } from "../schema/index.ts";
import { jobProblems } from "./jobs.ts";

const container = { name: "copy", image: "x", terminationMessagePolicy: "File", imagePullPolicy: "Always" };

/** What Kubernetes has against a Job with these rules. */
function problems(rules: readonly object[], over: object = {}, restartPolicy = "Never"): string[] {
  const template = { spec: { restartPolicy, dnsPolicy: "ClusterFirst", containers: [container] } };
  const spec = { template, podFailurePolicy: { rules }, ...over };
  const found = jobProblems({ metadata: { name: "j" }, spec }).map(fieldErrorMessage);
  return found.filter((problem) => /podFailurePolicy|podReplacementPolicy/.test(problem));
}
const codes = (onExitCodes: object, action = "FailJob"): object => ({ action, onExitCodes });

describe("spec.podFailurePolicy", () => {
  test("that the controller can follow is taken", () => {
    const disrupted = { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] };
    const rules = [codes({ containerName: "copy", operator: "In", values: [10, 11, 12] }), disrupted];
    assert.deepEqual(problems(rules, { podReplacementPolicy: "Failed" }), []);
    assert.deepEqual(problems([codes({ operator: "NotIn", values: [0] })]), []);
  });

  const rule = "spec.podFailurePolicy.rules[0]";
  for (const [wrong, said] of [
    [{}, `${rule}.action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`],
    [{ action: "FailJob" }, `${rule}: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`],
    [
      { ...codes({ operator: "In", values: [1] }), onPodConditions: [{ type: "Ready", status: "False" }] },
      `${rule}: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported`,
    ],
    [
      codes({ operator: "In", values: [1] }, "Stop"),
      `${rule}.action: Unsupported value: "Stop": supported values: "Count", "FailIndex", "FailJob", "Ignore"`,
    ],
    [
      codes({ operator: "In", values: [1] }, "FailIndex"),
      `${rule}.action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`,
    ],
    [
      codes({ operator: "In", values: [1], containerName: "other" }),
      `${rule}.onExitCodes.containerName: Invalid value: "other": must be one of the container or initContainer names in the pod template`,
    ],
    [
      codes({ operator: "In", values: [0] }),
      `${rule}.onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator`,
    ],
    [
      codes({ operator: "In", values: [] }),
      `${rule}.onExitCodes.values: Invalid value: []: at least one value is required`,
    ],
    [codes({ operator: "In", values: [2, 1] }), `${rule}.onExitCodes.values: Invalid value: [2,1]: must be ordered`],
    [codes({ operator: "In", values: [1, 1] }), `${rule}.onExitCodes.values[1]: Duplicate value: 1`],
    [
      { action: "Count", onPodConditions: [{ type: "Ready", status: "Maybe" }] },
      `${rule}.onPodConditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"`,
    ],
  ] as const) {
    test(`is refused: ${said}`, () => assert.ok(problems([wrong]).includes(said), problems([wrong]).join("\n")));
  }

  test("needs pods that are not restarted in place, and replacements that wait for the end", () => {
    const one = [codes({ operator: "In", values: [1] })];
    assert.deepEqual(problems(one, {}, "OnFailure"), [
      'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
    ]);
    assert.deepEqual(problems(one, { podReplacementPolicy: "TerminatingOrFailed" }), [
      'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
    ]);
    const many = Array.from({ length: 21 }, () => one[0] ?? {});
    assert.deepEqual(problems(many), ["spec.podFailurePolicy.rules: Too many: 21: must have at most 20 items"]);
  });
});
