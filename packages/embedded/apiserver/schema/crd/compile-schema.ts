import { builtinSchemas } from "../builtin.ts";
import { isArray, isObject, type JsonObject } from "../json.ts";
import type { SchemaNode, ValidationRule, ValueValidation } from "../schema-node.ts";
import { type Interned, intern } from "./intern.ts";

type Draft<T> = { -readonly [Field in keyof T]: T[Field] };

/** Facts of a node that say nothing about its children; copied as they are. */
const ownFacts = [
  "type",
  "format",
  "nullable",
  "required",
  "enum",
  "default",
  "x-kubernetes-int-or-string",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-validations",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
] as const;

/** The node of a JSONSchemaProps, descriptions and examples left out, and its typed form (see Interned). */
export function compileSchema(source: JsonObject): Interned {
  const facts: JsonObject = {};
  for (const fact of ownFacts) {
    if (source[fact] !== undefined) facts[fact] = source[fact];
  }
  const properties = compileMap(source["properties"]);
  const additional = compileAdditional(source["additionalProperties"]);
  const items = isObject(source["items"]) ? compileSchema(source["items"]) : undefined;
  const junctors = {
    allOf: compileList(source["allOf"]),
    anyOf: compileList(source["anyOf"]),
    oneOf: compileList(source["oneOf"]),
    not: isObject(source["not"]) ? compileSchema(source["not"]) : undefined,
  };
  const key = JSON.stringify([
    facts,
    properties === undefined ? 0 : [...properties].map(([name, { id }]) => [name, id]),
    additional?.id ?? 0,
    items?.id ?? 0,
    junctors.allOf?.map(idOf) ?? 0,
    junctors.anyOf?.map(idOf) ?? 0,
    junctors.oneOf?.map(idOf) ?? 0,
    junctors.not?.id ?? 0,
  ]);
  return intern(key, (id) => {
    const node = ownNode(facts);
    if (properties !== undefined) node.properties = mapNodes(properties);
    if (additional !== undefined) node.additionalProperties = additional.node;
    if (items !== undefined) node.items = items.node;
    const validation = ownValidation(facts);
    if (junctors.allOf !== undefined) validation.allOf = junctors.allOf.map(nodeOf);
    if (junctors.anyOf !== undefined) validation.anyOf = junctors.anyOf.map(nodeOf);
    if (junctors.oneOf !== undefined) validation.oneOf = junctors.oneOf.map(nodeOf);
    if (junctors.not !== undefined) validation.not = junctors.not.node;
    if (Object.keys(validation).length > 0) node.validation = validation;
    return withTyped(id, node, { properties, additional, items });
  });
}

function idOf({ id }: Interned): number {
  return id;
}

function nodeOf({ node }: Interned): SchemaNode {
  return node;
}

function mapNodes(map: ReadonlyMap<string, Interned>): ReadonlyMap<string, SchemaNode> {
  return new Map([...map].map(([name, { node }]) => [name, node]));
}

function compileMap(source: unknown): ReadonlyMap<string, Interned> | undefined {
  if (!isObject(source)) return undefined;
  const map = new Map<string, Interned>();
  for (const [name, schema] of Object.entries(source)) {
    if (isObject(schema)) map.set(name, compileSchema(schema));
  }
  return map;
}

function compileAdditional(source: unknown): Interned | undefined {
  return isObject(source) ? compileSchema(source) : source === true ? compileSchema({}) : undefined;
}

function compileList(source: unknown): readonly Interned[] | undefined {
  return isArray(source) && source.length > 0 ? source.filter(isObject).map(compileSchema) : undefined;
}

function ownNode(facts: JsonObject): Draft<SchemaNode> {
  const node: Draft<SchemaNode> = {};
  const {
    type,
    format,
    nullable,
    required,
    enum: values,
    default: fallback,
    "x-kubernetes-int-or-string": intOrString,
    "x-kubernetes-preserve-unknown-fields": preserve,
    "x-kubernetes-embedded-resource": embedded,
    "x-kubernetes-list-type": listType,
    "x-kubernetes-list-map-keys": keys,
    "x-kubernetes-map-type": mapType,
  } = facts;
  if (isType(type)) node.type = type;
  if (typeof format === "string" && format !== "") node.format = format;
  if (nullable === true) node.nullable = true;
  if (isArray(required)) node.required = required.map(String);
  if (isArray(values) && values.length > 0) node.enum = values;
  if (fallback !== undefined) node.default = fallback;
  if (intOrString === true) node.intOrString = true;
  if (preserve === true) node.preserveUnknownFields = true;
  if (embedded === true) node.embeddedResource = true;
  if (listType === "atomic" || listType === "set" || listType === "map") node.listType = listType;
  if (isArray(keys)) node.listMapKeys = keys.map(String);
  if (mapType === "atomic" || mapType === "granular") node.mapType = mapType;
  return node;
}

function isType(value: unknown): value is NonNullable<SchemaNode["type"]> {
  return ["object", "array", "string", "integer", "number", "boolean"].includes(String(value));
}

const numbers = [
  "minimum",
  "maximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
] as const;

function ownValidation(facts: JsonObject): Draft<ValueValidation> {
  const validation: Draft<ValueValidation> = {};
  for (const name of numbers) {
    const value = facts[name];
    if (typeof value === "number") validation[name] = value;
  }
  for (const name of ["exclusiveMinimum", "exclusiveMaximum", "uniqueItems"] as const) {
    if (facts[name] === true) validation[name] = true;
  }
  if (typeof facts["pattern"] === "string" && facts["pattern"] !== "") validation.pattern = facts["pattern"];
  const rules = facts["x-kubernetes-validations"];
  if (isArray(rules) && rules.length > 0) validation.rules = rules.filter(isObject).map(readRule);
  return validation;
}

function readRule(source: JsonObject): ValidationRule {
  const text = (name: string): string | undefined => {
    const value = source[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    rule: text("rule") ?? "",
    message: text("message"),
    messageExpression: text("messageExpression"),
    reason: text("reason"),
    fieldPath: text("fieldPath"),
    optionalOldSelf: source["optionalOldSelf"] === true,
  };
}

interface Children {
  readonly properties: ReadonlyMap<string, Interned> | undefined;
  readonly additional: Interned | undefined;
  readonly items: Interned | undefined;
}

function withTyped(id: number, node: SchemaNode, { properties, additional, items }: Children): Interned {
  const children = [...(properties?.values() ?? []), additional, items];
  const differs = children.some((child) => child !== undefined && child.typed !== child.node);
  if (!differs && node.embeddedResource !== true) return { id, node, typed: node };
  const typed: SchemaNode = {
    ...node,
    properties:
      properties === undefined ? undefined : new Map([...properties].map(([name, child]) => [name, child.typed])),
    additionalProperties: additional?.typed,
    items: items?.typed,
  };
  return { id, node, typed: node.embeddedResource === true ? asResource(typed) : typed };
}

/** The node with the fields that every object has. */
export function asResource(node: SchemaNode): SchemaNode {
  const text: SchemaNode = { type: "string" };
  const metadata = builtinSchemas.definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")?.node;
  const properties = new Map(node.properties);
  properties.set("apiVersion", text).set("kind", text);
  if (metadata !== undefined) properties.set("metadata", metadata);
  return { ...node, type: "object", properties };
}
