import { builtinSchemas } from "../builtin.ts";
import { isObject, type JsonObject, setField } from "../json.ts";
import type { Definitions } from "./definitions.ts";
import type { ServedResource } from "./types.ts";

const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** Adds the definitions of a kind and of its list, and returns references to both. */
export function addKind(resource: ServedResource, definitions: Definitions): { one: JsonObject; list: JsonObject } {
  return resource.crd === undefined ? addBuiltin(resource, definitions) : addCustom(resource, definitions);
}

function addBuiltin(resource: ServedResource, definitions: Definitions): { one: JsonObject; list: JsonObject } {
  const name = builtinSchemas.get(resource)?.definition;
  if (name === undefined) {
    const status = definitions.reference(`${meta}.Status`);
    return { one: status, list: status };
  }
  const one = definitions.reference(name);
  markKind(definitions.schemas[name], resource, resource.kind);
  const listName = `${name}List`;
  if (builtinSchemas.definition(listName) === undefined) return { one, list: one };
  const list = definitions.reference(listName);
  markKind(definitions.schemas[listName], resource, `${resource.kind}List`);
  return { one, list };
}

function addCustom(resource: ServedResource, definitions: Definitions): { one: JsonObject; list: JsonObject } {
  const { group, version, kind, crd } = resource;
  const name = `${group.split(".").reverse().join(".")}.${version}.${kind}`;
  const source = crd?.openAPIV3Schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const schema = withResourceFields(completed(source, definitions), definitions);
  markKind(schema, resource, kind);
  const one = definitions.set(name, schema);

  const listKind = crd?.compiled.names.listKind ?? `${kind}List`;
  const list: JsonObject = {
    type: "object",
    required: ["items"],
    properties: {
      apiVersion: { type: "string" },
      items: { type: "array", items: one },
      kind: { type: "string" },
      metadata: definitions.reference(`${meta}.ListMeta`),
    },
  };
  markKind(list, resource, listKind);
  return { one, list: definitions.set(`${name}List`, list) };
}

function markKind(schema: unknown, { group, version }: ServedResource, kind: string): void {
  if (isObject(schema)) schema["x-kubernetes-group-version-kind"] = [{ group, kind, version }];
}

/** The schema of a CRD with the fields of embedded resources. What has none is shared, not copied. */
function completed(schema: JsonObject, definitions: Definitions): JsonObject {
  let copy: JsonObject | undefined;
  const replace = (field: string, value: JsonObject): void => {
    copy ??= { ...schema };
    copy[field] = value;
  };
  const { properties, items, additionalProperties } = schema;
  if (isObject(properties)) {
    const changed: JsonObject = {};
    for (const name of Object.keys(properties)) {
      const property = properties[name];
      const whole = isObject(property) ? completed(property, definitions) : property;
      if (whole !== property) setField(changed, name, whole);
    }
    if (Object.keys(changed).length > 0) replace("properties", { ...properties, ...changed });
  }
  for (const [field, value] of [
    ["items", items],
    ["additionalProperties", additionalProperties],
  ] as const) {
    const whole = isObject(value) ? completed(value, definitions) : undefined;
    if (whole !== undefined && whole !== value) replace(field, whole);
  }
  return schema["x-kubernetes-embedded-resource"] === true
    ? withResourceFields(copy ?? schema, definitions)
    : (copy ?? schema);
}

/** A copy with apiVersion, kind and metadata, whose own texts stay. */
function withResourceFields(schema: JsonObject, definitions: Definitions): JsonObject {
  const own = isObject(schema["properties"]) ? schema["properties"] : {};
  const text = (field: string): JsonObject => (isObject(own[field]) ? own[field] : { type: "string" });
  const metadata = { allOf: [definitions.reference(`${meta}.ObjectMeta`)] };
  return {
    ...schema,
    properties: { ...own, apiVersion: text("apiVersion"), kind: text("kind"), metadata },
  };
}
