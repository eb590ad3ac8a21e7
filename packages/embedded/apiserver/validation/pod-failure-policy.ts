/** `spec.podFailurePolicy` of a Job: rules that the controller can follow, in Kubernetes' words where they are not. */
import type { FieldError } from "../schema/index.ts";
import { isObject, type JsonObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { labelNameProblem } from "./names.ts";
import { bad, duplicate, required, unsupported } from "./problems.ts";

const MOST = { rules: 20, values: 255, patterns: 20 } as const;

/** `spec` is the Job's, `field` where the policy is. */
export function podFailurePolicyProblems(spec: JsonObject, field: string): FieldError[] {
  const policy = spec["podFailurePolicy"];
  if (!isObject(policy)) return [];
  const rules = objectsAt(policy, "rules");
  const template = objectAt(objectAt(spec, "template"), "spec");
  const containers = [...objectsAt(template, "containers"), ...objectsAt(template, "initContainers")];
  const names = containers.map((container) => stringAt(container, "name") ?? "");
  return [
    ...tooMany(`${field}.rules`, rules, MOST.rules),
    ...rules.flatMap((rule, index) => ruleProblems(rule, `${field}.rules[${index}]`, { spec, names })),
  ];
}

function ruleProblems(
  rule: JsonObject,
  field: string,
  { spec, names }: { readonly spec: JsonObject; readonly names: readonly string[] },
): FieldError[] {
  const problems = oneOf(`${field}.action`, rule["action"], ["Count", "FailIndex", "FailJob", "Ignore"]);
  if (rule["action"] === "FailIndex" && spec["backoffLimitPerIndex"] === undefined)
    problems.push(bad(`${field}.action`, "FailIndex", "requires the backoffLimitPerIndex to be set"));
  const codes = objectAt(rule, "onExitCodes");
  const patterns = objectsAt(rule, "onPodConditions");
  if (codes !== undefined) problems.push(...exitCodeProblems(codes, `${field}.onExitCodes`, names));
  problems.push(...conditionProblems(patterns, `${field}.onPodConditions`));
  if (codes !== undefined && patterns.length > 0)
    problems.push(bad(field, undefined, "specifying both OnExitCodes and OnPodConditions is not supported"));
  if (codes === undefined && patterns.length === 0)
    problems.push(bad(field, undefined, "specifying one of OnExitCodes and OnPodConditions is required"));
  return problems;
}

function exitCodeProblems(codes: JsonObject, field: string, names: readonly string[]): FieldError[] {
  const problems = oneOf(`${field}.operator`, codes["operator"], ["In", "NotIn"]);
  const name = stringAt(codes, "containerName");
  if (name !== undefined && !names.includes(name)) {
    const detail = "must be one of the container or initContainer names in the pod template";
    problems.push(bad(`${field}.containerName`, name, detail));
  }
  const values = (Array.isArray(codes["values"]) ? codes["values"] : []) as readonly number[];
  if (values.length === 0) problems.push(bad(`${field}.values`, values, "at least one value is required"));
  problems.push(...tooMany(`${field}.values`, values, MOST.values));
  for (const [index, value] of values.entries()) {
    const at = `${field}.values[${index}]`;
    if (codes["operator"] === "In" && value === 0) problems.push(bad(at, 0, "must not be 0 for the In operator"));
    if (values.indexOf(value) < index) problems.push(duplicate(at, value));
  }
  if (values.some((value, index) => index > 0 && value < (values[index - 1] ?? value)))
    problems.push(bad(`${field}.values`, values, "must be ordered"));
  return problems;
}

function conditionProblems(patterns: readonly JsonObject[], field: string): FieldError[] {
  return [
    ...tooMany(field, patterns, MOST.patterns),
    ...patterns.flatMap((pattern, index) => {
      const type = stringAt(pattern, "type") ?? "";
      const problem = labelNameProblem(type);
      return [
        ...(problem === undefined ? [] : [bad(`${field}[${index}].type`, type, problem)]),
        ...oneOf(`${field}[${index}].status`, pattern["status"], ["False", "True", "Unknown"]),
      ];
    }),
  ];
}

const tooMany = (field: string, list: readonly unknown[], most: number): FieldError[] =>
  list.length <= most
    ? []
    : [{ type: "FieldValueTooMany", field, badValue: list.length, detail: `must have at most ${most} items` }];

function oneOf(field: string, value: unknown, supported: readonly string[]): FieldError[] {
  if (value === undefined || value === "")
    return [required(field, `valid values: ${JSON.stringify(supported).replaceAll(",", " ")}`)];
  return supported.includes(String(value)) ? [] : [unsupported(field, value, supported)];
}
