import type { SchemaNode } from "../schema-node.ts";

const known = new WeakMap<SchemaNode, boolean>();

/** Whether a CEL rule is anywhere in the schema. */
export function hasRules(schema: SchemaNode): boolean {
  const before = known.get(schema);
  if (before !== undefined) return before;
  const { properties, additionalProperties, items, validation } = schema;
  const children = [...(properties?.values() ?? []), additionalProperties, items];
  const found = validation?.rules !== undefined || children.some((child) => child !== undefined && hasRules(child));
  known.set(schema, found);
  return found;
}
