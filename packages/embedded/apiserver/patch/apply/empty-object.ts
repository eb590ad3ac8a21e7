import type { JsonObject } from "../../schema/json.ts";
import type { SchemaNode } from "../../schema/schema-node.ts";

/**
 * What an object is before anybody has written it: a Go server's empty value of the type, in which structs and fields
 * without `omitempty` are there. So nobody comes to own those as such.
 */
export function emptyObject(object: JsonObject, schema: SchemaNode | undefined): JsonObject {
  const identity = { apiVersion: object["apiVersion"], kind: object["kind"] };
  return schema?.definition === undefined ? identity : { ...emptyStruct(schema), ...identity };
}

function emptyStruct(schema: SchemaNode): JsonObject {
  const empty: JsonObject = {};
  for (const [name, field] of schema.properties ?? []) {
    if (field.omit === "absent") continue;
    if (field.definition !== undefined && field.type === "object") empty[name] = emptyStruct(field);
    else if (field.omit === "never") empty[name] = zero(field);
  }
  return empty;
}

function zero({ type, format }: SchemaNode): unknown {
  if (type === "string") return format === "date-time" || format === "micro-time" ? null : "";
  if (type === "boolean") return false;
  return type === "integer" || type === "number" ? 0 : null;
}
