/**
 * Plain JSON values as the API server holds them: what `JSON.parse` returns. Values inside objects are `unknown`, so that
 * typed Kubernetes objects pass without casts; readers narrow with the guards below.
 */

export interface JsonObject {
  [field: string]: unknown;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

/** Sets an own field, also one named `__proto__`, which plain assignment would turn into a prototype. */
export function setField(object: JsonObject, field: string, value: unknown): void {
  if (field === "__proto__") {
    Object.defineProperty(object, field, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[field] = value;
  }
}

/** The own field, or undefined: never something inherited from Object.prototype such as `constructor`. */
export function getField(object: JsonObject, field: string): unknown {
  return Object.hasOwn(object, field) ? object[field] : undefined;
}

/** The object at a path of fields, or undefined as soon as one step is not an object. */
export function getPath(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const field of path) {
    if (!isObject(current)) return undefined;
    current = getField(current, field);
  }
  return current;
}

export function clone<T>(value: T): T {
  if (isArray(value)) return value.map(clone) as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const field of Object.keys(value)) setField(copy, field, clone(value[field]));
  return copy as T;
}

/** Deep equality of JSON values. Order of fields does not matter, order of list items does. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isArray(a)) {
    return isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const fields = definedFields(a);
  if (fields.length !== definedFields(b).length) return false;
  return fields.every((field) => Object.hasOwn(b, field) && equal(a[field], b[field]));
}

function definedFields(object: JsonObject): string[] {
  return Object.keys(object).filter((field) => object[field] !== undefined);
}
