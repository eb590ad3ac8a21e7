import { isArray, isObject, type JsonObject } from "./json.ts";
import type { SchemaNode } from "./schema-node.ts";

/** `unknown field "spec.foo"` for each field that the schema does not know. */
export function findUnknownFields(object: JsonObject, schema: SchemaNode): readonly string[] {
  const found: string[] = [];
  walk(object, schema, { path: "", found });
  return found;
}

function walk(value: unknown, schema: SchemaNode, { path, found }: { path: string; found: string[] }): void {
  if (isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) walk(item, items, { path: `${path}[${index}]`, found });
  } else if (isObject(value)) {
    if (schema.properties === undefined && schema.additionalProperties === undefined) return;
    for (const name of Object.keys(value)) {
      const at = path === "" ? name : `${path}.${name}`;
      const field = schema.properties?.get(name) ?? schema.additionalProperties;
      if (field !== undefined) walk(value[name], field, { path: at, found });
      else if (schema.preserveUnknownFields !== true) found.push(`unknown field "${at}"`);
    }
  }
}

/** Text of the 400 answer: `strict decoding error: unknown field "a", duplicate field "b"`. */
export function strictDecodingMessage(errors: readonly string[]): string {
  return `strict decoding error: ${errors.join(", ")}`;
}
