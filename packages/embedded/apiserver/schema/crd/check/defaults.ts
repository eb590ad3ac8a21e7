import { clone, equal, isObject } from "../../json.ts";
import type { SchemaNode } from "../../schema-node.ts";
import { findEmbeddedErrors } from "../embedded-resource.ts";
import { pruneValue } from "../prune.ts";
import { checkRules } from "../rules.ts";
import { validateValue } from "../validate.ts";
import type { Report } from "./report.ts";

/** Defaults are pruned and valid themselves. */
export function checkDefaults(schema: SchemaNode, path: string, report: Report): void {
  const clean = new Set<SchemaNode>();
  walk(schema, path, { report, clean });
}

/** `clean` holds the shared nodes below which nothing is wrong: they need no second look. */
function walk(schema: SchemaNode, path: string, state: { report: Report; clean: Set<SchemaNode> }): void {
  if (state.clean.has(schema)) return;
  const before = state.report.errors.length;
  if (schema.default !== undefined) checkDefault(schema, `${path}.default`, state.report);
  for (const [name, property] of schema.properties ?? []) walk(property, `${path}.properties[${name}]`, state);
  if (schema.items !== undefined) walk(schema.items, `${path}.items`, state);
  if (schema.additionalProperties !== undefined)
    walk(schema.additionalProperties, `${path}.additionalProperties`, state);
  if (state.report.errors.length === before) state.clean.add(schema);
}

function checkDefault(schema: SchemaNode, path: string, report: Report): void {
  const value = schema.default;
  const pruned = clone(value);
  pruneValue(pruned, { schema, path: "", removed: [] });
  if (!equal(pruned, value)) report.invalid(path, value, "must not have unknown fields");
  const found = [
    ...validateValue(value, schema),
    ...(isObject(value) ? [...findEmbeddedErrors(value, schema), ...checkRules(value, schema, undefined)] : []),
  ];
  for (const error of found) {
    const field = error.field === "" ? path : `${path}${error.field.startsWith("[") ? "" : "."}${error.field}`;
    report.errors.push({ ...error, field });
  }
}
