import type { FieldError } from "../field-error.ts";
import { isArray, isObject, type JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";

/** Embedded resources must say what they are. The root is judged by the API server, as every object is. */
export function findEmbeddedErrors(object: JsonObject, schema: SchemaNode): readonly FieldError[] {
  if (!hasEmbedded(schema)) return [];
  const errors: FieldError[] = [];
  walk(object, schema, { path: "", errors });
  return errors;
}

const withEmbedded = new WeakMap<SchemaNode, boolean>();

function hasEmbedded(schema: SchemaNode): boolean {
  const known = withEmbedded.get(schema);
  if (known !== undefined) return known;
  const { properties, additionalProperties, items } = schema;
  const found =
    schema.embeddedResource === true ||
    [...(properties?.values() ?? []), additionalProperties, items].some(
      (child) => child !== undefined && hasEmbedded(child),
    );
  withEmbedded.set(schema, found);
  return found;
}

function walk(value: unknown, schema: SchemaNode, { path, errors }: { path: string; errors: FieldError[] }): void {
  if (isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) walk(item, items, { path: `${path}[${index}]`, errors });
  } else if (isObject(value)) {
    if (schema.embeddedResource === true) errors.push(...resourceErrors(value, path));
    for (const name of Object.keys(value)) {
      const known = schema.properties?.get(name);
      const field = known ?? schema.additionalProperties;
      const at = known === undefined ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
      if (field !== undefined) walk(value[name], field, { path: at, errors });
    }
  }
}

function resourceErrors(object: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const invalid = (field: string, badValue: unknown, detail: string): void => {
    errors.push({ type: "FieldValueInvalid", field: `${path}.${field}`, badValue, detail });
  };
  for (const field of ["apiVersion", "kind"]) {
    const value = object[field];
    if (value === undefined) errors.push({ type: "FieldValueRequired", field: `${path}.${field}`, detail: "" });
    else if (typeof value !== "string") invalid(field, value, "must be a string");
    else if (value === "") invalid(field, value, "must not be empty");
  }
  const { metadata } = object;
  if (metadata !== undefined && !isObject(metadata)) invalid("metadata", metadata, "must be an object");
  return errors;
}
