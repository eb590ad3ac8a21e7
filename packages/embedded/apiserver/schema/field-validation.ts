import type { JsonObject } from "./json.ts";
import type { SchemaNode } from "./schema-node.ts";

/** `unknown field "spec.foo"` for each field that the schema does not know. */
export function findUnknownFields(_object: JsonObject, _schema: SchemaNode): readonly string[] {
  throw new Error("not implemented");
}

/** `duplicate field "spec.foo"` for each field that a JSON text sets twice in one object. */
export function findDuplicateFields(_json: string | Uint8Array): readonly string[] {
  throw new Error("not implemented");
}

/** Text of the 400 answer: `strict decoding error: unknown field "a", duplicate field "b"`. */
export function strictDecodingMessage(errors: readonly string[]): string {
  return `strict decoding error: ${errors.join(", ")}`;
}
