import type { FieldError } from "../field-error.ts";
import type { JsonObject } from "../json.ts";

/** Judges the CRD itself, structural rules and CEL compilation included. With `old`: what may not change. */
export function validateCrd(_crd: JsonObject, _old?: JsonObject): readonly FieldError[] {
  return [];
}
