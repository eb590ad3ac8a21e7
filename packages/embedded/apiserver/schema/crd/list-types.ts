import type { FieldError } from "../field-error.ts";
import { equal, getField, isArray, isObject, type JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";
import { childFields } from "./child-fields.ts";

/** Items of a set, and keys of the items of a list of type map, may not come twice. Unchanged lists are not judged. */
export function findDuplicateItems(value: unknown, schema: SchemaNode, old?: unknown): readonly FieldError[] {
  const errors: FieldError[] = [];
  walk(value, schema, { path: "", old, errors });
  return errors;
}

interface Place {
  readonly path: string;
  readonly old: unknown;
  readonly errors: FieldError[];
}

function walk(value: unknown, schema: SchemaNode, { path, old, errors }: Place): void {
  if (old !== undefined && equal(value, old)) return;
  if (isArray(value)) {
    if (schema.listType === "set") report(value, { path, errors, keyOf: (item) => item });
    if (schema.listType === "map") report(value, { path, errors, keyOf: (item) => keysOf(item, schema) });
    const { items } = schema;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      walk(item, items, { path: `${path}[${index}]`, old: undefined, errors });
    }
  } else if (isObject(value)) {
    for (const { name, schema: field, path: at } of childFields(value, schema, path)) {
      walk(value[name], field, { path: at, old: isObject(old) ? getField(old, name) : undefined, errors });
    }
  }
}

function keysOf(item: unknown, { listMapKeys = [], items }: SchemaNode): JsonObject | undefined {
  if (!isObject(item)) return undefined;
  const keys: JsonObject = {};
  for (const name of listMapKeys) {
    const value = getField(item, name) ?? items?.properties?.get(name)?.default;
    if (value !== undefined) keys[name] = value;
  }
  return keys;
}

function report(
  list: readonly unknown[],
  at: { path: string; errors: FieldError[]; keyOf: (item: unknown) => unknown },
): void {
  const seen = new Set<string>();
  list.forEach((item, index) => {
    const key = at.keyOf(item);
    const text = JSON.stringify(sorted(key));
    if (seen.has(text)) {
      at.errors.push({ type: "FieldValueDuplicate", field: `${at.path}[${index}]`, badValue: key, detail: "" });
    }
    seen.add(text);
  });
}

function sorted(value: unknown): unknown {
  if (isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}
