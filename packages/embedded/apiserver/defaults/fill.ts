/** Helpers that every defaulting function uses: a field that is absent, null or an empty text gets its default. */
import { isObject, type JsonObject } from "../types.ts";

export function fill(object: JsonObject, defaults: JsonObject): void {
  for (const [field, value] of Object.entries(defaults)) {
    const present = object[field];
    if (present === undefined || present === null || present === "") object[field] = value;
  }
}

/** Gives a number its default when it is absent or 0: how Go defaults fields that are no pointers. */
export function fillNumber(object: JsonObject, defaults: Readonly<Record<string, number>>): void {
  for (const [field, value] of Object.entries(defaults)) {
    if (object[field] === undefined || object[field] === null || object[field] === 0) object[field] = value;
  }
}

/** The object at `field`, made when it is missing. */
export function member(object: JsonObject, field: string): JsonObject {
  const present = object[field];
  if (isObject(present)) return present;
  const made: JsonObject = {};
  object[field] = made;
  return made;
}

/** Runs `change` on the object at `field` when there is one. */
export function within(object: JsonObject | undefined, field: string, change: (value: JsonObject) => void): void {
  const present = object?.[field];
  if (isObject(present)) change(present);
}

/** Runs `change` on every object of the list at `field`. */
export function each(object: JsonObject | undefined, field: string, change: (value: JsonObject) => void): void {
  const list = object?.[field];
  if (Array.isArray(list)) for (const item of list) if (isObject(item)) change(item);
}
