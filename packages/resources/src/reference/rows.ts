/** Structural schema -> rows of the reference table. */
import type { StructuralSchema } from "../crd/structural.ts";

/** A field as a line of the reference. */
export interface FieldRow {
  readonly path: string;
  readonly required: boolean;
  readonly type: string;
  /** Default, allowed values, limits, rules: one sentence each. */
  readonly facts: readonly string[];
  readonly description: string;
}

/**
 * One row for each field that we describe, in the order of the schema. Fields without a description are Kubernetes' own: the row
 * above them stands for all of them.
 */
export function fieldRows(schema: StructuralSchema, path: string): FieldRow[] {
  const rows: FieldRow[] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (field.description === undefined) continue;
    const at = `${path}.${name}`;
    const inner = field.items ?? field.additionalProperties ?? field;
    rows.push({
      path: at,
      required: schema.required?.includes(name) ?? false,
      type: typeName(field),
      facts: facts(field),
      description: field.description,
    });
    rows.push(...fieldRows(inner, field.items === undefined ? at : `${at}[]`));
  }
  return rows;
}

/** The type of a field in words: a type of Kubernetes by its name, a list by what is in it. */
export function typeName(schema: StructuralSchema): string {
  if (schema["x-kubernetes-int-or-string"] === true)
    return schema.pattern === undefined ? "number or string" : "quantity";
  if (schema.items !== undefined) return `list of ${typeName(schema.items)}`;
  if (schema.additionalProperties !== undefined) return `map of ${typeName(schema.additionalProperties)}`;
  if (schema.title !== undefined) return schema.title;
  if (schema.format === "date-time") return "time";
  return schema.type ?? "any";
}

function facts(schema: StructuralSchema): string[] {
  const inner = schema.items ?? schema;
  const found: string[] = [];
  if (schema.default !== undefined && schema.default !== "") found.push(`Default \`${String(schema.default)}\`.`);
  if (inner.enum !== undefined) found.push(`One of ${inner.enum.map((word) => `\`${String(word)}\``).join(", ")}.`);
  const limits = [
    limit("at least", schema.minimum),
    limit("at most", schema.maximum),
    limit("at most", inner.maxLength, "characters"),
  ];
  const known = limits.filter((text) => text !== undefined).join(", ");
  if (known !== "") found.push(`${known[0]?.toUpperCase()}${known.slice(1)}.`);
  if (inner.pattern !== undefined && inner["x-kubernetes-int-or-string"] === undefined)
    found.push(`Form \`${inner.pattern}\`.`);
  for (const { message, rule } of schema["x-kubernetes-validations"] ?? [])
    found.push(`Rule: ${message ?? `\`${rule}\``}.`);
  return found;
}

function limit(words: string, value: number | undefined, unit = ""): string | undefined {
  return value === undefined ? undefined : `${words} ${value}${unit === "" ? "" : ` ${unit}`}`;
}
