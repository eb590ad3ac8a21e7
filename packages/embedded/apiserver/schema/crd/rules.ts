import type { FieldError } from "../field-error.ts";
import type { JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";

/** Evaluates every CEL rule of the schema. */
export function checkRules(
  _object: JsonObject,
  _schema: SchemaNode,
  _old: JsonObject | undefined,
): readonly FieldError[] {
  return [];
}
