import { clone, isArray, isObject, type JsonObject, setField } from "./json.ts";
import { normalizeMicroTime, normalizeTime } from "./micro-time.ts";
import { canonicalQuantity } from "./quantity.ts";
import type { SchemaNode } from "./schema-node.ts";

export interface Decoded {
  /** A copy without unknown fields, nulls and fields that say nothing, as a Go server would print it. */
  readonly object: JsonObject;
  /** `unknown field "spec.foo"`, in the order of the document. */
  readonly strictErrors: readonly string[];
  /** A value of the wrong type: the request is a 400 with this text. */
  readonly error?: string | undefined;
}

/** Reads an object of a built-in kind as a Go server decodes it into its type: quantities and times become canonical. */
export function decodeBuiltin(object: JsonObject, schema: SchemaNode): Decoded {
  const decoding = new Decoding();
  const decoded = decoding.object(object, schema, "");
  return { object: decoded, strictErrors: decoding.unknown, error: decoding.error };
}

class Decoding {
  readonly unknown: string[] = [];
  error: string | undefined;
  /** Innermost Go type and the fields on the way, as the messages of Go's decoder name them. */
  #struct = "";
  readonly #fields: string[] = [];

  object(object: JsonObject, schema: SchemaNode, path: string): JsonObject {
    const { properties, additionalProperties } = schema;
    if (properties === undefined && additionalProperties === undefined) return clone(object);
    const decoded: JsonObject = {};
    const outerStruct = this.#struct;
    for (const name of Object.keys(object)) {
      const field = properties?.get(name) ?? additionalProperties;
      const at = path === "" ? name : `${path}.${name}`;
      if (field === undefined) {
        this.unknown.push(`unknown field "${at}"`);
        continue;
      }
      if (properties !== undefined) {
        this.#struct = schema.definition?.split(".").at(-1) ?? "";
        this.#fields.push(name);
      }
      const value = this.value(object[name], field, at);
      if (properties !== undefined) this.#fields.pop();
      if (value === undefined) continue;
      // Empty managedFields ask for them to be cleared, so they are kept.
      const isKept = properties === undefined || name === "managedFields" || !isLeftOut(value, field);
      if (isKept) setField(decoded, name, value);
    }
    this.#struct = outerStruct;
    for (const [name, field] of properties ?? []) {
      // Structs that are no pointers are always there, and so is what has no omitempty.
      if (decoded[name] === undefined && isObject(field.default) && field.omit !== "absent") {
        decoded[name] = this.object({}, field, `${path}.${name}`);
      } else if (field.omit === "never" && decoded[name] === undefined && isTime(field)) {
        decoded[name] = null;
      }
    }
    return decoded;
  }

  /** Undefined: the field counts as not given. */
  value(value: unknown, schema: SchemaNode, path: string): unknown {
    if (value === null || value === undefined) return undefined;
    if (schema.type === undefined) return this.#untyped(value, schema);
    switch (schema.type) {
      case "object":
        return isObject(value) ? this.object(value, schema, path) : this.#wrongType(value, schema);
      case "array":
        return isArray(value) ? this.#list(value, schema, path) : this.#wrongType(value, schema);
      case "integer":
        return typeof value === "number" && Number.isInteger(value) ? value : this.#wrongType(value, schema);
      case "string":
        return typeof value === "string" ? this.#text(value, schema, path) : this.#wrongType(value, schema);
      default:
        return typeof value === schema.type ? value : this.#wrongType(value, schema);
    }
  }

  #list(list: readonly unknown[], { items = {} }: SchemaNode, path: string): unknown[] {
    return list.map((item, index) => this.value(item, items, `${path}[${index}]`) ?? this.#emptyItem(items));
  }

  /** The zero value that Go puts where a list has null. */
  #emptyItem(schema: SchemaNode): unknown {
    if (schema.type === "object") return this.object({}, schema, "");
    if (schema.type === "string") return "";
    return schema.type === "boolean" ? false : schema.type === "array" ? null : 0;
  }

  #untyped(value: unknown, schema: SchemaNode): unknown {
    if (schema.format === "quantity") {
      const canonical = typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : undefined;
      if (canonical !== undefined) return canonical;
      this.error ??= "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
      return undefined;
    }
    if (schema.intOrString === true) {
      if (typeof value === "string" || (typeof value === "number" && Number.isInteger(value))) return value;
      return this.#wrongType(value, schema);
    }
    return clone(value);
  }

  #text(value: string, { format }: SchemaNode, path: string): unknown {
    if (!isTime({ format })) return value;
    if (value === "") return undefined;
    const time = format === "date-time" ? normalizeTime(value) : normalizeMicroTime(value);
    if (time === undefined)
      this.error ??= `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00" (${path})`;
    return time;
  }

  #wrongType(value: unknown, schema: SchemaNode): undefined {
    this.error ??= `json: cannot unmarshal ${jsonName(value)} into Go struct field ${this.#struct}.${this.#fields.join(".")} of type ${goName(schema)}`;
    return undefined;
  }
}

function isTime({ format }: SchemaNode): boolean {
  return format === "date-time" || format === "micro-time";
}

function isLeftOut(value: unknown, schema: SchemaNode): boolean {
  if (schema.omit !== "empty") return false;
  if (isArray(value)) return value.length === 0;
  if (isObject(value)) return schema.additionalProperties !== undefined && Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false;
}

function jsonName(value: unknown): string {
  if (isArray(value)) return "array";
  if (typeof value === "number") return `number${Number.isInteger(value) ? "" : ` ${value}`}`;
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goName({ type, format, items, definition, additionalProperties }: SchemaNode): string {
  if (type === "integer") return format ?? "int64";
  if (type === "boolean") return "bool";
  if (type === "number") return "float64";
  if (type === "array") return `[]${goName(items ?? {})}`;
  if (type === "object" && additionalProperties !== undefined) return `map[string]${goName(additionalProperties)}`;
  if (definition !== undefined) return definition.split(".").slice(-2).join(".");
  return type ?? "intstr.IntOrString";
}
