import type { SchemaNode } from "../schema-node.ts";
import { escapeField } from "./field-name.ts";
import { bool, bytes, type CelType, double, duration, dyn, int, listOf, mapOf, string, timestamp } from "./type.ts";

const known = new WeakMap<SchemaNode, CelType | "none">();

/** The type that rules see; undefined when the schema says too little, so that rules cannot name the field. */
export function declaredType(schema: SchemaNode): CelType | undefined {
  let type = known.get(schema);
  if (type === undefined) {
    type = declare(schema) ?? "none";
    known.set(schema, type);
  }
  return type === "none" ? undefined : type;
}

function declare(schema: SchemaNode): CelType | undefined {
  if (schema.intOrString === true) return dyn;
  switch (schema.type) {
    case "boolean":
      return bool;
    case "integer":
      return int;
    case "number":
      return double;
    case "string":
      return declareText(schema.format);
    case "array": {
      const item = schema.items === undefined ? undefined : declaredType(schema.items);
      return item === undefined ? undefined : listOf(item);
    }
    case "object":
      return declareObject(schema);
    default:
      return undefined;
  }
}

function declareText(format: string | undefined): CelType {
  if (format === "byte") return bytes;
  if (format === "duration") return duration;
  return format === "date" || format === "date-time" ? timestamp : string;
}

function declareObject(schema: SchemaNode): CelType | undefined {
  if (schema.additionalProperties !== undefined) {
    const value = declaredType(schema.additionalProperties);
    return value === undefined ? undefined : mapOf(string, value);
  }
  const fields = new Map<string, CelType>();
  for (const [name, property] of schema.properties ?? []) {
    const escaped = escapeField(name);
    const type = declaredType(property);
    if (escaped !== undefined && type !== undefined) fields.set(escaped, type);
  }
  return schema.embeddedResource === true
    ? { kind: "object", fields: withResourceFields(fields) }
    : { kind: "object", fields };
}

/** The type of a whole resource: apiVersion, kind, metadata.name and metadata.generateName are always there. */
export function declaredResourceType(schema: SchemaNode): CelType | undefined {
  const type = declaredType(schema);
  return type?.kind === "object" ? { kind: "object", fields: withResourceFields(type.fields) } : type;
}

function withResourceFields(fields: ReadonlyMap<string, CelType>): ReadonlyMap<string, CelType> {
  const metadata: CelType = {
    kind: "object",
    fields: new Map([
      ["name", string],
      ["generateName", string],
    ]),
  };
  return new Map([...fields, ["apiVersion", string], ["kind", string], ["metadata", metadata]]);
}
