import { getField, isArray, isObject, type JsonObject } from "../../schema/json.ts";
import type { FieldSet } from "./field-set.ts";
import { decodeFields, encodeFields } from "./fields-v1.ts";

/** One entry of managedFields. */
export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
  /** RFC 3339. Undefined: never known. */
  readonly time?: string | undefined;
  readonly fields: FieldSet;
  /** What `fields` was decoded from: written again as it is when the fields did not change. */
  readonly encoded?: JsonObject | undefined;
}

/** The entry with other fields. */
export function withFields(manager: Manager, fields: FieldSet): Manager {
  return fields === manager.fields ? manager : { ...manager, fields, encoded: undefined };
}

/** By identity (see `identityOf`). */
export type Managers = Map<string, Manager>;

/** Who wrote: an applier is the same in every API version, an updater is not. */
export function identityOf(manager: Omit<Manager, "fields" | "time" | "encoded">): string {
  const { operation, apiVersion, subresource } = manager;
  return JSON.stringify([manager.manager, operation, operation === "Apply" ? "" : apiVersion, subresource ?? ""]);
}

/** Undefined when an entry is malformed; then nobody's fields are known. */
export function decodeManagers(object: JsonObject | undefined): Managers | undefined {
  const entries = managedFieldsOf(object);
  if (entries === undefined) return new Map();
  if (!isArray(entries)) return undefined;
  const managers: Managers = new Map();
  for (const entry of entries) {
    const manager = isObject(entry) ? decodeEntry(entry) : undefined;
    if (manager === undefined) return undefined;
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

export function managedFieldsOf(object: JsonObject | undefined): unknown {
  const metadata = object?.["metadata"];
  return isObject(metadata) ? (getField(metadata, "managedFields") ?? undefined) : undefined;
}

function decodeEntry(entry: JsonObject): Manager | undefined {
  const { manager, operation, apiVersion, subresource, time, fieldsType, fieldsV1 } = entry;
  if (operation !== "Apply" && operation !== "Update") return undefined;
  if (typeof apiVersion !== "string" || apiVersion === "" || fieldsType !== "FieldsV1") return undefined;
  const fields = decodeFields(fieldsV1 ?? {});
  if (fields === undefined) return undefined;
  return {
    manager: typeof manager === "string" ? manager : "",
    operation,
    apiVersion,
    subresource: typeof subresource === "string" && subresource !== "" ? subresource : undefined,
    time: typeof time === "string" ? time : undefined,
    fields,
    encoded: isObject(fieldsV1) ? fieldsV1 : undefined,
  };
}

/** Appliers first, then by time, name, version and sub-resource. */
export function encodeManagers(managers: Managers): JsonObject[] {
  const seconds = ({ time }: Manager): number => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000));
  const order = (a: Manager, b: Manager): number =>
    compareText(a.operation, b.operation) ||
    seconds(a) - seconds(b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource ?? "", b.subresource ?? "");
  return [...managers.values()].sort(order).map((entry) => ({
    ...(entry.manager === "" ? {} : { manager: entry.manager }),
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time === undefined ? {} : { time: entry.time }),
    fieldsType: "FieldsV1",
    fieldsV1: entry.encoded ?? encodeFields(entry.fields),
    ...(entry.subresource === undefined ? {} : { subresource: entry.subresource }),
  }));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The object with these managedFields, or with none. The rest is shared. */
export function withManagers(object: JsonObject, managers: Managers): JsonObject {
  const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
  const { managedFields: _, ...rest } = metadata;
  const entries = encodeManagers(managers);
  return { ...object, metadata: entries.length === 0 ? rest : { ...rest, managedFields: entries } };
}

export function withoutManagers(object: JsonObject): JsonObject {
  return withManagers(object, new Map());
}
