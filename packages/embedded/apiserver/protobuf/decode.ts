/**
 * Bodies in Kubernetes' protobuf, which client-go's typed clients send for built-in kinds and cannot be told not to. They become the JSON
 * object that a JSON client would have sent. Answers are always JSON: those clients accept both.
 *
 * A field of the table is `number:name:type`; `?` after the name: left out when empty; name `~`: its fields belong to the parent. Types:
 * s string, b bool, i integer, d double, y bytes (base64), T time, M micro time, Q quantity, I int-or-string, R raw object, J raw JSON,
 * `[t` list, `{t` map from string, `*t` a message that is a list, `@name` message, `|name` union (the one field that is there).
 */
import { readFileSync } from "node:fs";
import { isObject, type JsonObject } from "../types.ts";
import { WireReader } from "./wire.ts";

interface Field {
  readonly name: string;
  readonly inline: boolean;
  readonly omitEmpty: boolean;
  readonly type: string;
}

const magic = Buffer.from("k8s\0");
const messages = new Map<string, ReadonlyMap<number, Field>>();
let table: Readonly<Record<string, string>> | undefined;

/** Packages of API groups; kinds that every group has are in meta. */
const packages: Readonly<Record<string, string>> = {
  "": "core",
  "rbac.authorization.k8s.io": "rbac",
  "storage.k8s.io": "storage",
  "networking.k8s.io": "networking",
  "discovery.k8s.io": "discovery",
  "coordination.k8s.io": "coordination",
  "events.k8s.io": "events",
  "authentication.k8s.io": "authentication",
  "authorization.k8s.io": "authorization",
  "scheduling.k8s.io": "scheduling",
  "node.k8s.io": "node",
  "apiextensions.k8s.io": "apiextensions",
};

/** The JSON form of an enveloped object. Throws an Error with what is wrong. */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, 4).equals(magic)) {
    throw new Error("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  const { apiVersion, kind, raw } = readEnvelope(body.subarray(4));
  const [first = "", second] = apiVersion.split("/", 2);
  const group = second === undefined ? "" : first;
  const version = second ?? first;
  const own = `${packages[group] ?? group}.${version}.${kind}`;
  const name = [own, `meta.v1.${kind}`].find((n) => fieldsOf(n) !== undefined);
  if (name === undefined)
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { kind, apiVersion, ...readMessage(name, raw) };
}

/** `runtime.Unknown`: type and bytes of the object inside. */
function readEnvelope(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer } {
  const envelope: { apiVersion: string; kind: string; raw: Buffer } = {
    apiVersion: "",
    kind: "",
    raw: Buffer.alloc(0),
  };
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1 && wire === 2) Object.assign(envelope, readTypeMeta(reader.bytes()));
    else if (field === 2 && wire === 2) envelope.raw = reader.bytes();
    else reader.skip(wire);
  }
  return envelope;
}

function readTypeMeta(bytes: Buffer): { apiVersion: string; kind: string } {
  const type = { apiVersion: "", kind: "" };
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) type.apiVersion = reader.bytes().toString("utf8");
    else if (field === 2) type.kind = reader.bytes().toString("utf8");
    else reader.skip(wire);
  }
  return type;
}

function fieldsOf(message: string): ReadonlyMap<number, Field> | undefined {
  const known = messages.get(message);
  if (known !== undefined) return known;
  table ??= JSON.parse(readFileSync(new URL("table.json", import.meta.url), "utf8")) as Record<string, string>;
  const text = table[message];
  if (text === undefined) return undefined;
  const fields = new Map(
    text
      .split(" ")
      .filter((part) => part !== "")
      .map(parseField),
  );
  messages.set(message, fields);
  return fields;
}

function parseField(text: string): [number, Field] {
  const [number = "", name = "", ...type] = text.split(":");
  const omitEmpty = name.endsWith("?");
  return [
    Number(number),
    { name: omitEmpty ? name.slice(0, -1) : name, inline: name.startsWith("~"), omitEmpty, type: type.join(":") },
  ];
}

function readMessage(name: string, bytes: Buffer): JsonObject {
  const fields = fieldsOf(name);
  if (fields === undefined) throw new Error(`unknown message ${name}`);
  const object: JsonObject = {};
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field: number, wire } = reader.tag();
    const field = fields.get(number);
    if (field === undefined) reader.skip(wire);
    else readField(object, field, reader);
  }
  return object;
}

function readField(object: JsonObject, field: Field, reader: WireReader): void {
  const { name, type } = field;
  if (type.startsWith("[")) {
    const list = object[name];
    const value = readValue(type.slice(1), reader);
    if (Array.isArray(list)) list.push(value);
    else object[name] = [value];
  } else if (type.startsWith("{")) {
    const [key, value] = readMapEntry(type.slice(1), reader.bytes());
    const map = object[name];
    if (isObject(map)) map[key] = value;
    else object[name] = { [key]: value };
  } else {
    const value = readValue(type, reader);
    if (field.inline) Object.assign(object, value);
    else if (!(field.omitEmpty && isEmpty(value))) object[name] = value;
  }
}

/** What Go's JSON leaves out for `omitempty`. */
function isEmpty(value: unknown): boolean {
  return value === "" || value === 0 || value === false || value === null;
}

function readMapEntry(type: string, bytes: Buffer): [string, unknown] {
  const reader = new WireReader(bytes);
  let key = "";
  let value: unknown;
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) key = reader.bytes().toString("utf8");
    else if (field === 2) value = readValue(type, reader);
    else reader.skip(wire);
  }
  return [key, value ?? (type === "s" || type === "y" ? "" : null)];
}

function readValue(type: string, reader: WireReader): unknown {
  switch (type[0]) {
    case "s":
      return reader.bytes().toString("utf8");
    case "b":
      return reader.varint() !== 0n;
    case "i":
      return Number(reader.varint());
    case "d":
      return reader.double();
    case "y":
      return reader.bytes().toString("base64");
    case "T":
    case "M":
      return readTime(reader.bytes(), type === "M");
    case "Q":
      return readFirstString(reader.bytes());
    case "I":
      return readIntOrString(reader.bytes());
    case "R":
    case "J":
      return readRawJson(reader.bytes());
    case "*":
      return readItems(type.slice(1), reader.bytes());
    case "@":
      return readMessage(type.slice(1), reader.bytes());
    case "|":
      return unionOf(readMessage(type.slice(1), reader.bytes()));
    default:
      throw new Error(`unknown type ${type}`);
  }
}

function readTime(bytes: Buffer, micro: boolean): string | null {
  const reader = new WireReader(bytes);
  let [seconds, nanos] = [0, 0];
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) seconds = Number(reader.varint());
    else if (field === 2) nanos = Number(reader.varint());
    else reader.skip(wire);
  }
  if (seconds === 0 && nanos === 0) return null;
  const whole = new Date(seconds * 1_000).toISOString().slice(0, 19);
  return micro ? `${whole}.${String(Math.trunc(nanos / 1_000)).padStart(6, "0")}Z` : `${whole}Z`;
}

/** Messages with one string or bytes as field 1. */
function readFirst(bytes: Buffer): Buffer {
  const reader = new WireReader(bytes);
  let found: Buffer = Buffer.alloc(0);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) found = reader.bytes();
    else reader.skip(wire);
  }
  return found;
}

function readFirstString(bytes: Buffer): string {
  return readFirst(bytes).toString("utf8");
}

function readRawJson(bytes: Buffer): unknown {
  const text = readFirstString(bytes);
  return text === "" ? null : JSON.parse(text);
}

function readIntOrString(bytes: Buffer): number | string {
  const reader = new WireReader(bytes);
  let [kind, int, text] = [0, 0, ""];
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) kind = Number(reader.varint());
    else if (field === 2) int = Number(reader.varint());
    else if (field === 3) text = reader.bytes().toString("utf8");
    else reader.skip(wire);
  }
  return kind === 0 ? int : text;
}

function readItems(type: string, bytes: Buffer): unknown[] {
  const items: unknown[] = [];
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) items.push(readValue(type.startsWith("[") ? type.slice(1) : type, reader));
    else reader.skip(wire);
  }
  return items;
}

/** A schema, a list or a bool: whichever the message carries. */
function unionOf({ schema, jSONSchemas, property, allows }: JsonObject): unknown {
  return schema ?? jSONSchemas ?? property ?? allows ?? false;
}
