import { clone, getField, isArray, isObject, type JsonObject, setField } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";

/** Fills in defaults where a field is missing or is null though not nullable, then drops nulls that may not be. In place. */
export function applyDefaults(value: unknown, schema: SchemaNode): void {
  if (isArray(value)) {
    const items = schema.items;
    if (items === undefined) return;
    value.forEach((item, index) => {
      if (item === null && items.nullable !== true && items.default !== undefined) value[index] = clone(items.default);
      applyDefaults(value[index], items);
    });
  } else if (isObject(value)) {
    defaultFields(value, schema);
  }
}

function defaultFields(object: JsonObject, { properties, additionalProperties }: SchemaNode): void {
  for (const [name, field] of properties ?? []) {
    if (field.default === undefined) continue;
    const value = getField(object, name);
    if (value === undefined || (value === null && field.nullable !== true))
      setField(object, name, clone(field.default));
  }
  for (const name of Object.keys(object)) {
    const field = properties?.get(name) ?? additionalProperties;
    if (field === undefined) continue;
    if (object[name] === null && field.nullable !== true) {
      if (field.default === undefined) {
        delete object[name];
        continue;
      }
      setField(object, name, clone(field.default));
    }
    applyDefaults(object[name], field);
  }
}
