/** Checks of numbers and ports. */
import type { FieldError } from "../schema/index.ts";
import { bad } from "./problems.ts";

export function notNegative(field: string, value: unknown): FieldError[] {
  if (typeof value !== "number" || value >= 0) return [];
  return [bad(field, value, "must be greater than or equal to 0")];
}

export function positive(field: string, value: unknown): FieldError[] {
  if (typeof value !== "number" || value > 0) return [];
  return [bad(field, value, "must be greater than 0")];
}

export function portNumber(field: string, value: unknown): FieldError[] {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 65_535) return [];
  return [bad(field, value ?? 0, "must be between 1 and 65535, inclusive")];
}

/** `maxUnavailable`, `minAvailable`: a count or a percentage. */
export function countOrPercent(field: string, value: unknown): FieldError[] {
  if (typeof value === "number") return notNegative(field, value);
  if (typeof value !== "string") return [];
  if (/^\d+%$/.test(value)) {
    return Number(value.slice(0, -1)) <= 100 ? [] : [bad(field, value, "must not be greater than 100%")];
  }
  return [
    bad(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}
