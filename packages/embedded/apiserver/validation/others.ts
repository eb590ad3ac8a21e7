/** The smaller kinds. */
import { equal, type FieldError } from "../schema/index.ts";
import { isObject, type KubeObject, numberAt } from "../types.ts";
import { countOrPercent, positive } from "./numbers.ts";
import { bad, forbidden, immutable } from "./problems.ts";
import { selectorProblems } from "./selector.ts";

export function leaseProblems(lease: KubeObject): FieldError[] {
  const seconds = numberAt(lease.spec, "leaseDurationSeconds");
  const transitions = numberAt(lease.spec, "leaseTransitions");
  const problems = positive("spec.leaseDurationSeconds", seconds);
  if (transitions !== undefined && transitions < 0)
    problems.push(bad("spec.leaseTransitions", transitions, "must be greater than or equal to 0"));
  return problems;
}

export function disruptionBudgetProblems(budget: KubeObject): FieldError[] {
  const spec = isObject(budget.spec) ? budget.spec : {};
  const problems: FieldError[] = [];
  if (spec["minAvailable"] !== undefined && spec["maxUnavailable"] !== undefined) {
    problems.push(bad("spec", spec, "minAvailable and maxUnavailable cannot be both set"));
  }
  for (const field of ["minAvailable", "maxUnavailable"])
    problems.push(...countOrPercent(`spec.${field}`, spec[field]));
  return [...problems, ...selectorProblems(spec["selector"], "spec.selector")];
}

export function priorityClassUpdateProblems(now: KubeObject, old: KubeObject): FieldError[] {
  const problems: FieldError[] = [];
  if (now["value"] !== old["value"]) problems.push(forbidden("value", "may not be changed in an update."));
  if (!equal(now["preemptionPolicy"], old["preemptionPolicy"])) {
    problems.push(bad("preemptionPolicy", now["preemptionPolicy"] ?? "", immutable));
  }
  return problems;
}

/** A field that is written once. */
export function replacedOnly(field: string, now: KubeObject, old: KubeObject): FieldError[] {
  return equal(now[field], old[field]) ? [] : [bad(field, now[field] ?? null, immutable)];
}
