/** Short makers of field errors. */
import type { FieldError } from "../schema/index.ts";

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, detail };
}

export function bad(field: string, badValue: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, badValue, detail };
}

export function forbidden(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, detail };
}

export function duplicate(field: string, badValue: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, badValue, detail: "" };
}

export function unsupported(field: string, badValue: unknown, supported: readonly string[]): FieldError {
  const list = [...supported]
    .sort()
    .map((v) => JSON.stringify(v))
    .join(", ");
  return { type: "FieldValueNotSupported", field, badValue, detail: `supported values: ${list}` };
}

export function tooLong(field: string, badValue: unknown, max: number): FieldError {
  return { type: "FieldValueTooLong", field, badValue, detail: `may not be more than ${max} bytes` };
}

export const immutable = "field is immutable";

/** An error when a value is not what it was. */
export function unchanged(field: string, now: unknown, isSame: boolean): FieldError[] {
  return isSame ? [] : [bad(field, now, immutable)];
}
