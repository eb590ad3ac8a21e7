import { compareValues, equals } from "../equality.ts";
import { fn, method, type Overload, predicate } from "../overload.ts";
import {
  bool,
  bytes,
  type CelType,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  optionalOf,
  parameter,
  string,
  timestamp,
  uint,
} from "../type.ts";
import { ArrayList, CelError, CelList, type CelMap, Duration, EntryMap, Optional, Uint, type Value } from "../value.ts";

const T = parameter("T");
const K = parameter("K");
const V = parameter("V");
const list = listOf(T);
const map = mapOf(K, V);

const has = (items: CelList, value: Value): boolean => {
  for (const item of items) if (equals(item, value)) return true;
  return false;
};

function itemAt(items: CelList, index: bigint | Uint | number): Value | undefined {
  const at = typeof index === "object" ? Number(index.value) : Number(index);
  return Number.isInteger(at) && at >= 0 && at < items.size ? items.at(at) : undefined;
}

function needItem(items: CelList, index: bigint | Uint | number): Value {
  const item = itemAt(items, index);
  if (item === undefined) throw new CelError(`index out of bounds: ${typeof index === "object" ? index.value : index}`);
  return item;
}

function needKey(entries: CelMap, key: Value): Value {
  const value = entries.get(key);
  if (value === undefined) throw new CelError(`no such key: ${String(key)}`);
  return value;
}

const optional = (value: Value | undefined): Optional => (value === undefined ? Optional.none : new Optional(value));

const sizes: readonly [CelType, (value: never) => number][] = [
  [string, (text: string) => [...text].length],
  [bytes, (data: Uint8Array) => data.length],
  [list, (items: CelList) => items.size],
  [map, (entries: CelMap) => entries.size],
];

/** A set of type set or map takes only what it does not hold yet when two are put together. */
function concatenate(a: CelList, b: CelList): CelList {
  if (a.kind === undefined) return new ArrayList([...a, ...b]);
  return new ArrayList([...a, ...[...b].filter((item) => !has(a, item))]);
}

const comparable: readonly CelType[] = [int, uint, double, bool, string, bytes, timestamp, duration];

function isSorted(items: CelList): boolean {
  const values = [...items];
  return values.every((value, index) => index === 0 || (compareValues(values[index - 1] ?? null, value) ?? 1) <= 0);
}

function extreme(items: CelList, sign: -1 | 1): Value {
  if (items.size === 0) throw new CelError(`${sign < 0 ? "min" : "max"} called on empty list`);
  return [...items].reduce((best, value) => (compareValues(value, best) === sign ? value : best));
}

function position(items: CelList, value: Value, fromEnd: boolean): bigint {
  const values = [...items];
  const same = (item: Value): boolean => equals(item, value);
  return BigInt(fromEnd ? values.findLastIndex(same) : values.findIndex(same));
}

function distinct(items: CelList): CelList {
  const kept: Value[] = [];
  for (const item of items) if (!kept.some((other) => equals(other, item))) kept.push(item);
  return new ArrayList(kept);
}

/** So many at most, that no rule can fill the memory. */
const longestRange = 1_000_000n;

function range(count: bigint): CelList {
  if (count > longestRange) throw new CelError("range is too long");
  return new ArrayList(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index)));
}

const sum =
  <T extends Value>(zero: T, plus: (a: T, b: T) => T) =>
  (items: CelList) =>
    ([...items] as T[]).reduce(plus, zero);

export const collections: readonly Overload[] = [
  ...sizes.flatMap(([type, size]) => [
    fn("size", [type], int, (value: never) => BigInt(size(value))),
    method("size", [type], int, (value: never) => BigInt(size(value))),
  ]),
  fn("@in", [T, list], bool, (value: Value, items: CelList) => has(items, value)),
  fn("@in", [K, map], bool, (key: Value, entries: CelMap) => entries.get(key) !== undefined),
  ...[int, uint, double].map((index) => fn("_[_]", [list, index], T, needItem)),
  fn("_[_]", [map, K], V, needKey),
  ...[int, uint, double].map((index) =>
    fn("_[?_]", [list, index], optionalOf(T), (items: CelList, at: bigint) => optional(itemAt(items, at))),
  ),
  fn("_[?_]", [map, K], optionalOf(V), (entries: CelMap, key: Value) => optional(entries.get(key))),
  ...[list, map].map((type) =>
    fn("_[?_]", [optionalOf(type), dyn], optionalOf(dyn), ({ value }: Optional, key: Value) => {
      if (value === undefined) return Optional.none;
      return optional(value instanceof CelList ? itemAt(value, key as bigint) : (value as CelMap).get(key));
    }),
  ),
  fn("_+_", [list, list], list, concatenate),
  fn("_+_", [map, map], map, (a: CelMap, b: CelMap) => {
    const merged = new EntryMap();
    for (const entries of [b, a]) for (const key of entries.keys()) merged.add(key, entries.get(key) ?? null);
    return merged;
  }),

  ...comparable.flatMap((type) => [
    predicate("isSorted", [listOf(type)], isSorted),
    method("min", [listOf(type)], type, (items: CelList) => extreme(items, -1)),
    method("max", [listOf(type)], type, (items: CelList) => extreme(items, 1)),
  ]),
  method(
    "sum",
    [listOf(int)],
    int,
    sum<bigint>(0n, (a, b) => a + b),
  ),
  method(
    "sum",
    [listOf(double)],
    double,
    sum<number>(0, (a, b) => a + b),
  ),
  method(
    "sum",
    [listOf(uint)],
    uint,
    sum(new Uint(0n), (a, b) => new Uint(a.value + b.value)),
  ),
  method(
    "sum",
    [listOf(duration)],
    duration,
    sum(new Duration(0n), (a, b) => new Duration(a.nanos + b.nanos)),
  ),
  method("indexOf", [list, T], int, (items: CelList, value: Value) => position(items, value, false)),
  method("lastIndexOf", [list, T], int, (items: CelList, value: Value) => position(items, value, true)),
  method("distinct", [list], list, distinct),
  method("reverse", [list], list, (items: CelList) => new ArrayList([...items].reverse())),
  method(
    "slice",
    [list, int, int],
    list,
    (items: CelList, from: bigint, to: bigint) => new ArrayList([...items].slice(Number(from), Number(to))),
  ),
  method(
    "flatten",
    [listOf(list)],
    list,
    (items: CelList) => new ArrayList([...items].flatMap((item) => (item instanceof CelList ? [...item] : [item]))),
  ),
  method("sort", [list], list, (items: CelList) => new ArrayList([...items].sort((a, b) => compareValues(a, b) ?? 0))),

  fn("lists.range", [int], listOf(int), (count: bigint) => range(count)),

  fn("sets.contains", [list, list], bool, (a: CelList, b: CelList) => [...b].every((item) => has(a, item))),
  fn("sets.intersects", [list, list], bool, (a: CelList, b: CelList) => [...b].some((item) => has(a, item))),
  fn(
    "sets.equivalent",
    [list, list],
    bool,
    (a: CelList, b: CelList) => [...b].every((item) => has(a, item)) && [...a].every((item) => has(b, item)),
  ),
];
