import { equal, isArray, isObject, type JsonObject } from "../../json.ts";
import { compileExpression } from "../regular-expression.ts";
import type { Report } from "./report.ts";

type Level = "root" | "item" | "field";

interface Place {
  readonly level: Level;
  readonly path: string;
  readonly report: Report;
}

const typeMissing: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

/** The rules that make a schema structural: every value has one type, known without looking at allOf, anyOf, oneOf and not. */
export function checkStructural(schema: JsonObject, path: string, report: Report): void {
  checkNode(schema, { level: "root", path, report });
  checkCompleteness(schema, schema, { structural: path, validation: path, report });
}

function checkNode(schema: JsonObject, place: Place): void {
  const { level, path, report } = place;
  const { type, items, properties, additionalProperties } = schema;
  if (type === "array" && items === undefined) report.required(`${path}.items`, "must be specified");
  if (isObject(items)) checkNode(items, { level: "item", path: `${path}.items`, report });
  for (const [name, property] of entries(properties)) {
    checkNode(property, { level: "field", path: `${path}.properties[${name}]`, report });
  }
  if (additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (level === "root") report.forbidden(at, "must not be used at the root");
    if (isObject(additionalProperties)) checkNode(additionalProperties, { level: "field", path: at, report });
  }
  checkExtensions(schema, place);
  checkType(schema, place);
  checkResourceFields(schema, place);
  checkJunctors(schema, { ...place, skipAnyOf: isIntOrString(schema["anyOf"]) });
}

function checkExtensions(schema: JsonObject, { path, report }: Place): void {
  if (schema["x-kubernetes-int-or-string"] !== true) return;
  for (const extension of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"]) {
    if (schema[extension] === true) {
      report.invalid(`${path}.${extension}`, true, "must be false if x-kubernetes-int-or-string is true");
    }
  }
}

function checkType(schema: JsonObject, { level, path, report }: Place): void {
  const type = schema["type"] ?? "";
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const at = `${path}.type`;
  if (isEmbedded && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    if (type === "") report.required(at, detail);
    else report.invalid(at, type, detail);
  } else if (
    type === "" &&
    schema["x-kubernetes-int-or-string"] !== true &&
    schema["x-kubernetes-preserve-unknown-fields"] !== true
  ) {
    report.required(at, typeMissing[level]);
  }
  if (isEmbedded && schema["additionalProperties"] !== undefined) {
    report.forbidden(`${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set");
  }
  if (level === "root" && type !== "" && type !== "object") report.invalid(at, type, "must be object at the root");
}

/** apiVersion, kind and metadata of a resource have the types that they have everywhere. */
function checkResourceFields(schema: JsonObject, { level, path, report }: Place): void {
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const isResource = level === "root" || isEmbedded;
  for (const field of ["kind", "apiVersion"]) {
    const property = properties[field];
    if (isResource && isObject(property) && property["type"] !== "string") {
      report.invalid(`${path}.properties[${field}].type`, property["type"] ?? "", "must be string");
    }
  }
  const { metadata } = properties;
  if (isResource && isObject(metadata)) {
    const at = `${path}.properties[metadata]`;
    if (metadata["type"] !== "object") report.invalid(`${at}.type`, metadata["type"] ?? "", "must be object");
    if (level === "root" && !saysOnlyNames(metadata)) {
      report.forbidden(
        at,
        "must not specify anything other than name and generateName, but metadata is implicitly specified",
      );
    }
  }
  if (isEmbedded && schema["x-kubernetes-preserve-unknown-fields"] !== true && Object.keys(properties).length === 0) {
    report.required(
      `${path}.properties`,
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
    );
  }
}

function saysOnlyNames(metadata: JsonObject): boolean {
  const { type: _t, description: _d, default: _f, properties, ...rest } = metadata;
  const names = isObject(properties) ? Object.keys(properties) : [];
  return Object.keys(rest).length === 0 && names.every((name) => name === "name" || name === "generateName");
}

const intOrString = [{ type: "integer" }, { type: "string" }];

/** The one form in which a junctor may name types. */
function isIntOrString(anyOf: unknown): boolean {
  return equal(anyOf, intOrString);
}

function checkJunctors(schema: JsonObject, place: Place & { readonly skipAnyOf: boolean }): void {
  const { path, report, level } = place;
  const each = (junctor: "anyOf" | "allOf" | "oneOf", skip: (nested: JsonObject, index: number) => boolean): void => {
    for (const [index, nested] of list(schema[junctor])) {
      checkNested(nested, { level, path: `${path}.${junctor}[${index}]`, report, skipAnyOf: skip(nested, index) });
    }
  };
  if (!place.skipAnyOf) each("anyOf", () => false);
  each("allOf", (nested, index) => index === 0 && isIntOrString(nested["anyOf"]));
  each("oneOf", () => false);
  if (isObject(schema["not"])) checkNested(schema["not"], { level, path: `${path}.not`, report, skipAnyOf: false });
  const { pattern } = schema;
  if (typeof pattern !== "string" || pattern === "") return;
  try {
    compileExpression(pattern);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    report.invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${why}`);
  }
}

const emptyToBeStructural: readonly (readonly [field: string, how: string])[] = [
  ["type", "empty"],
  ["additionalProperties", "undefined"],
  ["default", "undefined"],
  ["title", "empty"],
  ["description", "empty"],
  ["nullable", "false"],
  ["x-kubernetes-preserve-unknown-fields", "false"],
  ["x-kubernetes-embedded-resource", "false"],
  ["x-kubernetes-int-or-string", "false"],
  ["x-kubernetes-list-map-keys", "empty"],
  ["x-kubernetes-list-type", "undefined"],
  ["x-kubernetes-map-type", "undefined"],
  ["x-kubernetes-validations", "empty"],
];

/** Inside a junctor values are judged, never described. */
function checkNested(schema: JsonObject, place: Place & { readonly skipAnyOf: boolean }): void {
  const { path, report } = place;
  checkJunctors(schema, place);
  const inner = { level: place.level, report, skipAnyOf: false };
  if (isObject(schema["items"])) checkNested(schema["items"], { ...inner, path: `${path}.items` });
  for (const [name, property] of entries(schema["properties"])) {
    checkNested(property, { ...inner, level: "field", path: `${path}.properties[${name}]` });
  }
  for (const [field, how] of emptyToBeStructural) {
    const value = schema[field];
    const isEmpty = value === undefined || value === "" || value === false || (isArray(value) && value.length === 0);
    if (!isEmpty) report.forbidden(`${path}.${field}`, `must be ${how} to be structural`);
  }
  if (isObject(schema["properties"]) && schema["properties"]["metadata"] !== undefined) {
    report.forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context");
  }
}

interface Sides {
  readonly structural: string;
  readonly validation: string;
  readonly report: Report;
}

/** What a junctor at the root judges must be described outside of it. (Those of fields are not looked into, as upstream.) */
function checkCompleteness(nested: JsonObject, described: unknown, sides: Sides): void {
  const { structural, validation, report } = sides;
  if (!isObject(described)) {
    report.required(structural, `because it is defined in ${validation}`);
    return;
  }
  for (const junctor of ["allOf", "anyOf", "oneOf"]) {
    for (const [index, inner] of list(nested[junctor])) {
      checkCompleteness(inner, described, { ...sides, validation: `${validation}.${junctor}[${index}]` });
    }
  }
  if (isObject(nested["not"]))
    checkCompleteness(nested["not"], described, { ...sides, validation: `${validation}.not` });
  if (nested === described) return;
  if (isObject(nested["items"])) {
    const below = { structural: `${structural}.items`, validation: `${validation}.items`, report };
    checkCompleteness(nested["items"], described["items"], below);
  }
  for (const [name, property] of entries(nested["properties"])) {
    const step = `.properties[${name}]`;
    const known = isObject(described["properties"]) ? described["properties"][name] : undefined;
    checkCompleteness(property, known, { structural: structural + step, validation: validation + step, report });
  }
}

function entries(value: unknown): readonly (readonly [string, JsonObject])[] {
  if (!isObject(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
}

function list(value: unknown): readonly (readonly [number, JsonObject])[] {
  if (!isArray(value)) return [];
  return [...value.entries()].filter((entry): entry is [number, JsonObject] => isObject(entry[1]));
}
