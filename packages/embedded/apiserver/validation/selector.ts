/** Label selectors inside specs. */
import type { FieldError } from "../schema/index.ts";
import { isObject, objectAt, objectsAt } from "../types.ts";
import { labelsProblems } from "./metadata.ts";
import { labelNameProblem } from "./names.ts";
import { bad, forbidden, required } from "./problems.ts";

const operators = new Set(["In", "NotIn", "Exists", "DoesNotExist"]);

export function selectorProblems(selector: unknown, field: string): FieldError[] {
  const exact = objectAt(selector, "matchLabels") as Record<string, string> | undefined;
  return [
    ...labelsProblems(exact, `${field}.matchLabels`),
    ...objectsAt(selector, "matchExpressions").flatMap((e, i) =>
      expressionProblems(e, `${field}.matchExpressions[${i}]`),
    ),
  ];
}

function expressionProblems(expression: Record<string, unknown>, field: string): FieldError[] {
  const { key, operator } = expression;
  const values = Array.isArray(expression["values"]) ? expression["values"] : [];
  const problems: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0)
      problems.push(required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0)
      problems.push(forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  }
  if (!operators.has(String(operator)))
    problems.push(bad(`${field}.operator`, operator ?? "", "not a valid selector operator"));
  const problem = labelNameProblem(String(key ?? ""));
  if (problem !== undefined) problems.push(bad(`${field}.key`, key ?? "", problem));
  return problems;
}

export function isEmptySelector(selector: unknown): boolean {
  if (!isObject(selector)) return true;
  const exact = Object.keys(objectAt(selector, "matchLabels") ?? {}).length;
  return exact + objectsAt(selector, "matchExpressions").length === 0;
}
