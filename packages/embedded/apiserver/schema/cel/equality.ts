import {
  CelError,
  CelList,
  CelMap,
  Duration,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from "./value.ts";

/** CEL's `==`: numbers by what they are worth, lists of type set and map without regard to order. */
export function equals(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined && right !== undefined) return compareNumbers(left, right) === 0;
  if (a instanceof CelList) return b instanceof CelList && equalLists(a, b);
  if (a instanceof CelMap) return b instanceof CelMap && equalMaps(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof Opaque) return b instanceof Opaque && a.type === b.type && a.key === b.key;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional && b instanceof Optional) {
    return a.value === undefined || b.value === undefined ? a.value === b.value : equals(a.value, b.value);
  }
  return false;
}

function equalLists(a: CelList, b: CelList): boolean {
  if (a.size !== b.size) return false;
  const [left, right] = [[...a], [...b]];
  if (a.kind === undefined) return left.every((item, index) => equals(item, right[index] ?? null));
  return left.every((item) => right.some((other) => equals(item, other)));
}

function equalMaps(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const [left, right] = [a.get(key), b.get(key)];
    if (left === undefined || right === undefined || !equals(left, right)) return false;
  }
  return true;
}

function numeric(value: Value): bigint | number | undefined {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
}

/** NaN is unlike everything. */
function compareNumbers(a: bigint | number, b: bigint | number): -1 | 0 | 1 | undefined {
  return a < b ? -1 : a > b ? 1 : a >= b ? 0 : undefined;
}

/** Throws when the two have no order. Undefined: one of them is NaN. */
export function compareValues(a: Value, b: Value): -1 | 0 | 1 | undefined {
  const [left, right] = [numeric(a), numeric(b)];
  if (left !== undefined && right !== undefined) return compareNumbers(left, right);
  if (typeof a === "string" && typeof b === "string") return compareStrings(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return compareNumbers(Number(a), Number(b));
  if (a instanceof Timestamp && b instanceof Timestamp) return compareNumbers(a.nanos, b.nanos);
  if (a instanceof Duration && b instanceof Duration) return compareNumbers(a.nanos, b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) as -1 | 0 | 1;
  throw new CelError("no such overload");
}

/** By code points, as Go compares UTF-8. */
function compareStrings(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0 ? -1 : 1;
}
