import { isArray, isObject, type JsonObject } from "../../json.ts";
import type { SchemaNode } from "../../schema-node.ts";
import { checkMergeTypes } from "./lists.ts";
import type { Report } from "./report.ts";
import { checkRuleTexts, compileRules } from "./rules.ts";

const types = ["array", "boolean", "integer", "number", "object", "string"];
const resourceFields = new Set(["metadata", "kind", "apiVersion"]);
const unsupported = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

export interface SchemaPlace {
  readonly path: string;
  readonly report: Report;
  readonly isRoot: boolean;
  /** Why no default may be set here. */
  readonly noDefaults?: string | undefined;
  readonly insideMetadata?: boolean | undefined;
  /** The first ancestor whose parts cannot be found again in the old object, so that oldSelf has no meaning below. */
  readonly uncorrelatable?: string | undefined;
  /** The compiled node, to compile rules against; undefined inside junctors. */
  readonly node: SchemaNode | undefined;
}

/** The rules for each node of a schema that do not concern its being structural, and the CEL rules in it. */
export function checkSchema(schema: JsonObject, place: SchemaPlace): void {
  const { path, report } = place;
  const errorsBefore = report.errors.length;
  checkKeywords(schema, place);
  checkChildren(schema, place);
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    report.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined");
  }
  checkMergeTypes(schema, path, report);
  const rules = schema["x-kubernetes-validations"];
  if (!isArray(rules) || rules.length === 0) return;
  checkRuleTexts(rules.filter(isObject), { path, report, schema });
  // With errors at this node or below, types are uncertain and messages of the compiler would only confuse.
  const isSound = report.errors.length === errorsBefore;
  if (isSound && place.node !== undefined) compileRules(rules.filter(isObject), { ...place, node: place.node });
}

function checkKeywords(schema: JsonObject, place: SchemaPlace): void {
  const { path, report } = place;
  const { type } = schema;
  if (typeof type === "string" && type !== "" && !types.includes(type))
    report.notSupported(`${path}.type`, type, types);
  if (schema["default"] !== undefined && place.noDefaults !== undefined) {
    report.forbidden(`${path}.default`, `must not be set ${place.noDefaults}`);
  }
  for (const keyword of unsupported) {
    const value = schema[keyword];
    const isSet = value !== undefined && value !== "" && !(isObject(value) && Object.keys(value).length === 0);
    if (isSet) report.forbidden(`${path}.${keyword}`, `${keyword} is not supported`);
  }
  if (type === "null") report.forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative");
  if (isArray(schema["items"])) report.forbidden(`${path}.items`, "items must be a schema object and not an array");
  if (place.insideMetadata === true && schema["x-kubernetes-embedded-resource"] === true) {
    report.forbidden(`${path}.x-kubernetes-embedded-resource`, "must not be used inside of resource meta");
  }
  if (schema["uniqueItems"] === true) {
    report.forbidden(
      `${path}.uniqueItems`,
      "uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
    );
  }
  const { additionalProperties, properties } = schema;
  const hasProperties = isObject(properties) && Object.keys(properties).length > 0;
  if (hasProperties && additionalProperties !== undefined && additionalProperties !== true) {
    report.forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive");
  }
}

function checkChildren(schema: JsonObject, place: SchemaPlace): void {
  const { path, node } = place;
  const below = { ...place, isRoot: false };
  const { additionalProperties, properties, items } = schema;
  if (isObject(additionalProperties)) {
    const noDefaults =
      place.insideMetadata === true ? "inside additionalProperties applying to object metadata" : place.noDefaults;
    const at = `${path}.additionalProperties`;
    checkSchema(additionalProperties, { ...below, path: at, noDefaults, node: node?.additionalProperties });
  }
  if (isObject(properties)) {
    const isResource = place.isRoot || schema["x-kubernetes-embedded-resource"] === true;
    for (const [name, property] of Object.entries(properties)) {
      if (!isObject(property)) continue;
      const isMeta = isResource && resourceFields.has(name);
      checkSchema(property, {
        ...below,
        path: `${path}.properties[${name}]`,
        insideMetadata: isMeta || place.insideMetadata,
        noDefaults: isMeta && place.isRoot ? `in top-level ${name}` : place.noDefaults,
        node: node?.properties?.get(name),
      });
    }
  }
  if (isObject(items)) {
    const uncorrelatable =
      schema["x-kubernetes-list-type"] === "map" ? place.uncorrelatable : (place.uncorrelatable ?? path);
    checkSchema(items, { ...below, path: `${path}.items`, uncorrelatable, node: node?.items });
  }
  for (const junctor of ["allOf", "oneOf", "anyOf"]) {
    const nested = schema[junctor];
    if (!isArray(nested)) continue;
    for (const [index, inner] of nested.entries()) {
      if (isObject(inner)) checkSchema(inner, { ...below, path: `${path}.${junctor}[${index}]`, node: undefined });
    }
  }
  if (isObject(schema["not"])) checkSchema(schema["not"], { ...below, path: `${path}.not`, node: undefined });
}
