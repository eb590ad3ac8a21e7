import { isObject, type JsonObject, setField } from "../../schema/json.ts";
import { FieldSet } from "./field-set.ts";
import { compareElements, parseElement } from "./path-element.ts";

/** A set in the form of `managedFields[].fieldsV1`: nested objects, `.` for a parent that is itself a member. */
export function encodeFields(set: FieldSet): JsonObject {
  const fields: JsonObject = {};
  const elements = new Set([...set.members, ...set.children.keys()]);
  for (const element of [...elements].sort(compareElements)) {
    const child = set.children.get(element);
    const isMember = set.members.has(element);
    if (child === undefined || child.isEmpty()) {
      if (isMember) setField(fields, element, {});
    } else {
      setField(fields, element, isMember ? { ".": {}, ...encodeFields(child) } : encodeFields(child));
    }
  }
  return fields;
}

/** Undefined when the value is not of that form. */
export function decodeFields(fields: unknown): FieldSet | undefined {
  if (!isObject(fields)) return undefined;
  const set = new FieldSet();
  for (const key of Object.keys(fields)) {
    if (key === ".") continue; // the parent has seen it
    const below = fields[key];
    const element = parseElement(key);
    if (element === undefined || !isObject(below)) return undefined;
    const names = Object.keys(below);
    if (names.length === 0 || names.includes(".")) set.members.add(element);
    if (names.some((name) => name !== ".")) {
      const child = decodeFields(below);
      if (child === undefined) return undefined;
      set.children.set(element, child);
    }
  }
  return set;
}
