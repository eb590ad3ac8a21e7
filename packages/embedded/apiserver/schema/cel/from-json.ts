import { getField, isArray, isObject, type JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";
import { escapeField, unescapeField } from "./field-name.ts";
import { parseDuration, parseTimestamp } from "./time.ts";
import { CelList, CelMap, type Value } from "./value.ts";

/** A JSON value of a schema as CEL sees it. Objects and lists are looked at only as far as a rule goes. */
export function fromJson(value: unknown, schema: SchemaNode | undefined): Value {
  if (value === null || value === undefined) return null;
  if (isArray(value)) return new JsonList(value, schema);
  if (isObject(value)) return new JsonMap(value, schema);
  if (typeof value === "number") return Number.isInteger(value) && schema?.type !== "number" ? BigInt(value) : value;
  if (typeof value === "string") return fromText(value, schema);
  return typeof value === "boolean" ? value : null;
}

function fromText(text: string, schema: SchemaNode | undefined): Value {
  switch (schema?.type === "string" ? schema.format : undefined) {
    case "date":
    case "date-time":
      return parseTimestamp(text) ?? text;
    case "duration":
      return parseDuration(text) ?? text;
    case "byte":
      return Uint8Array.from(Buffer.from(text, "base64"));
    default:
      return text;
  }
}

class JsonList extends CelList {
  override readonly kind: "set" | "map" | undefined;
  readonly #items: readonly unknown[];
  readonly #schema: SchemaNode | undefined;

  constructor(items: readonly unknown[], schema: SchemaNode | undefined) {
    super();
    this.#items = items;
    this.#schema = schema?.items;
    this.kind = schema?.listType === "set" || schema?.listType === "map" ? schema.listType : undefined;
  }

  get size(): number {
    return this.#items.length;
  }

  at(index: number): Value {
    return fromJson(this.#items[index], this.#schema);
  }
}

/** An object of a schema, whose fields go by their escaped names, or a map, whose keys are as they are. */
class JsonMap extends CelMap {
  readonly #object: JsonObject;
  readonly #schema: SchemaNode | undefined;

  constructor(object: JsonObject, schema: SchemaNode | undefined) {
    super();
    this.#object = object;
    this.#schema = schema;
  }

  get size(): number {
    return Object.keys(this.#object).length;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== "string") return undefined;
    const name = this.#schema?.properties === undefined ? key : unescapeField(key);
    const value = getField(this.#object, name);
    if (value === undefined) return undefined;
    return fromJson(value, this.#schema?.properties?.get(name) ?? this.#schema?.additionalProperties);
  }

  *keys(): Generator<string> {
    const isStruct = this.#schema?.properties !== undefined;
    for (const name of Object.keys(this.#object)) {
      const escaped = isStruct ? escapeField(name) : name;
      if (escaped !== undefined) yield escaped;
    }
  }
}
