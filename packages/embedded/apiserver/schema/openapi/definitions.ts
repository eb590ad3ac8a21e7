import { builtinSchemas } from "../builtin.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";

const time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
const microTime = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";
const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

/** Definitions that our tables write as formats. */
const formats: Readonly<Record<string, { readonly name: string; readonly schema: JsonObject }>> = {
  "date-time": { name: time, schema: { type: "string", format: "date-time" } },
  "micro-time": { name: microTime, schema: { type: "string", format: "date-time" } },
  "raw-extension": { name: "io.k8s.apimachinery.pkg.runtime.RawExtension", schema: { type: "object" } },
  fields: { name: "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", schema: { type: "object" } },
  quantity: { name: quantity, schema: { oneOf: [{ type: "string" }, { type: "number" }] } },
  "int-or-string": {
    name: intOrString,
    schema: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
  },
};

/** Collects the definitions that a document needs, each with all that it refers to. */
export class Definitions {
  readonly schemas: JsonObject = {};
  readonly #prefix: string;

  /** `prefix` is what references begin with: `#/components/schemas/` or `#/definitions/`. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A reference to a built-in definition, which is added when it is new. */
  reference(name: string): JsonObject {
    if (this.schemas[name] === undefined) this.#add(name);
    return { $ref: this.#prefix + name };
  }

  set(name: string, schema: JsonObject): JsonObject {
    this.schemas[name] = schema;
    return { $ref: this.#prefix + name };
  }

  #add(name: string): void {
    const definition = builtinSchemas.definition(name);
    if (definition === undefined) {
      this.schemas[name] = { type: "object" };
      return;
    }
    const schema: JsonObject = {};
    this.schemas[name] = schema; // before its fields: types may contain themselves
    Object.assign(schema, this.#body(definition.node));
    if (definition.unions !== undefined) schema["x-kubernetes-unions"] = definition.unions;
  }

  #body(node: SchemaNode): JsonObject {
    if (node.type === undefined && node.properties === undefined) return {};
    const body: JsonObject = { type: node.type ?? "object" };
    if (node.required !== undefined && node.required.length > 0) body["required"] = node.required;
    if (node.properties !== undefined) {
      body["properties"] = Object.fromEntries(
        [...node.properties].map(([field, schema]) => [field, this.field(schema)]),
      );
    }
    if (node.mapType !== undefined) body["x-kubernetes-map-type"] = node.mapType;
    return body;
  }

  /** The schema of a field. */
  field(node: SchemaNode): JsonObject {
    const schema = this.#typeOf(node);
    if (node.default !== undefined) schema["default"] = node.default;
    if (node.listType !== undefined) schema["x-kubernetes-list-type"] = node.listType;
    if (node.listMapKeys !== undefined) schema["x-kubernetes-list-map-keys"] = node.listMapKeys;
    if (node.mapType !== undefined && node.definition === undefined && node.format === undefined)
      schema["x-kubernetes-map-type"] = node.mapType;
    if (node.patchMergeKey !== undefined) schema["x-kubernetes-patch-merge-key"] = node.patchMergeKey;
    if (node.patchStrategy !== undefined) schema["x-kubernetes-patch-strategy"] = node.patchStrategy.join(",");
    return schema;
  }

  #typeOf(node: SchemaNode): JsonObject {
    if (node.definition !== undefined) {
      const reference = this.reference(node.definition);
      return isObject(node.default) || node.mapType !== undefined ? { allOf: [reference] } : reference;
    }
    const format = node.format === undefined ? undefined : formats[node.format];
    if (format !== undefined) return this.set(format.name, format.schema);
    if (node.type === "array") return { type: "array", items: node.items === undefined ? {} : this.field(node.items) };
    if (node.additionalProperties !== undefined) {
      return { type: "object", additionalProperties: this.field(node.additionalProperties) };
    }
    const schema: JsonObject = node.type === undefined ? {} : { type: node.type };
    if (node.format !== undefined) schema["format"] = node.format;
    if (node.enum !== undefined) schema["enum"] = node.enum;
    return schema;
  }
}
