/** ResourceQuotas and LimitRanges. */
import { compareAmounts } from "../quantities.ts";
import type { FieldError } from "../schema/index.ts";
import { type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { bad, duplicate, required } from "./problems.ts";

export function resourceQuotaProblems(quota: KubeObject): FieldError[] {
  return Object.entries(objectAt(quota.spec, "hard") ?? {}).flatMap(([name, value]) =>
    compareAmounts(String(value), "0") < 0
      ? [bad(`spec.hard[${name}]`, String(value), "must be greater than or equal to 0")]
      : [],
  );
}

export function limitRangeProblems(limitRange: KubeObject): FieldError[] {
  const types = new Set<string>();
  return objectsAt(limitRange.spec, "limits").flatMap((item, i) => {
    const at = `spec.limits[${i}]`;
    const problems: FieldError[] = [];
    const type = stringAt(item, "type") ?? "";
    if (type === "") problems.push(required(`${at}.type`));
    if (types.has(type)) problems.push(duplicate(`${at}.type`, type));
    types.add(type);
    const min = objectAt(item, "min") ?? {};
    for (const [name, max] of Object.entries(objectAt(item, "max") ?? {})) {
      const low = min[name];
      if (low !== undefined && compareAmounts(String(low), String(max)) > 0) {
        problems.push(bad(`${at}.min[${name}]`, String(low), `min value ${low} is greater than max value ${max}`));
      }
    }
    return problems;
  });
}
