import type { FieldError } from "../field-error.ts";
import { getPath, isArray, isObject, type JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";
import { tableColumns } from "./columns.ts";
import { asResource, compileSchema } from "./compile-schema.ts";
import { applyDefaults } from "./default.ts";
import { findEmbeddedErrors } from "./embedded-resource.ts";
import { hasRules } from "./has-rules.ts";
import { findDuplicateItems } from "./list-types.ts";
import { prune } from "./prune.ts";
import { checkRules } from "./rules.ts";
import { findScaleErrors } from "./scale.ts";
import type { CompiledCrd, CompiledVersion, CrdNames, ScalePaths } from "./types.ts";
import { validateValue } from "./validate.ts";

/** Compiles a CRD that `validateCrd` found good. CEL rules are compiled when an object is first judged. */
export function compileCrd(crd: JsonObject): CompiledCrd {
  const spec = isObject(crd["spec"]) ? crd["spec"] : {};
  const sources = isArray(spec["versions"]) ? spec["versions"].filter(isObject) : [];
  const keepsUnknown = spec["preserveUnknownFields"] === true;
  const versions = sources.map((source) => compileVersion(source, { spec, keepsUnknown }));
  return {
    group: text(spec["group"]),
    names: readNames(isObject(spec["names"]) ? spec["names"] : {}),
    namespaced: spec["scope"] === "Namespaced",
    storageVersion: versions.find(({ storage }) => storage)?.name ?? "",
    versions: new Map(versions.map((version) => [version.name, version])),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): readonly string[] {
  return isArray(value) ? value.map(String) : [];
}

function readNames(names: JsonObject): CrdNames {
  const kind = text(names["kind"]);
  return {
    kind,
    listKind: text(names["listKind"]) || `${kind}List`,
    plural: text(names["plural"]),
    singular: text(names["singular"]) || kind.toLowerCase(),
    shortNames: texts(names["shortNames"]),
    categories: texts(names["categories"]),
  };
}

function compileVersion(source: JsonObject, crd: { spec: JsonObject; keepsUnknown: boolean }): CompiledVersion {
  const root = getPath(source, "schema", "openAPIV3Schema");
  const compiled = compileSchema(
    isObject(root) ? root : { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  );
  const schema: SchemaNode = crd.keepsUnknown ? { ...compiled.node, preserveUnknownFields: true } : compiled.node;
  const name = text(source["name"]);
  const scale = readScale(getPath(source, "subresources", "scale"));
  return {
    name,
    served: source["served"] === true,
    storage: source["storage"] === true,
    deprecationWarning: source["deprecated"] === true ? deprecationWarning(source, name, crd.spec) : undefined,
    schema,
    typeSchema: asResource(crd.keepsUnknown ? { ...compiled.typed, preserveUnknownFields: true } : compiled.typed),
    statusSubresource: isObject(getPath(source, "subresources", "status")),
    scale,
    columns: tableColumns(source),
    selectableFields: isArray(source["selectableFields"])
      ? source["selectableFields"].map((field) => text(getPath(field, "jsonPath")).replace(/^\./, ""))
      : [],
    default: (object) => applyDefaults(object, schema),
    prune: (object) => prune(object, schema),
    validate: (object, old) => validate(object, { schema, scale }, old),
    validateStatus: (object, old) => validate(object, { schema, scale }, old),
  };
}

function deprecationWarning(source: JsonObject, version: string, spec: JsonObject): string {
  const kind = text(getPath(spec, "names", "kind"));
  return text(source["deprecationWarning"]) || `${text(spec["group"])}/${version} ${kind} is deprecated`;
}

function readScale(scale: unknown): ScalePaths | undefined {
  if (!isObject(scale)) return undefined;
  const selector = text(scale["labelSelectorPath"]);
  return {
    specReplicasPath: text(scale["specReplicasPath"]),
    statusReplicasPath: text(scale["statusReplicasPath"]),
    labelSelectorPath: selector === "" ? undefined : selector,
  };
}

/** Errors after which rules cannot be relied on to have the types that they were checked with. */
const blocking = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

function validate(
  object: JsonObject,
  { schema, scale }: { schema: SchemaNode; scale: ScalePaths | undefined },
  old: JsonObject | undefined,
): readonly FieldError[] {
  const errors = [
    ...validateValue(object, schema, old),
    ...findEmbeddedErrors(object, schema),
    ...(scale === undefined ? [] : findScaleErrors(object, scale)),
    ...findDuplicateItems(object, schema, old),
  ];
  if (!errors.some(({ type }) => blocking.has(type))) return [...errors, ...checkRules(object, schema, old)];
  const unchecked =
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
  return hasRules(schema)
    ? [...errors, { type: "FieldValueInvalid", field: "", badValue: null, detail: unchecked }]
    : errors;
}
