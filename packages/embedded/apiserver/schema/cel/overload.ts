import { bool, type CelType } from "./type.ts";
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

/** One signature of a function. A method's target is its first argument. */
export interface Overload {
  readonly name: string;
  readonly isMethod: boolean;
  readonly args: readonly CelType[];
  readonly result: CelType;
  readonly run: (...args: readonly Value[]) => Value;
}

// The type of each argument is what the signature says; `run` relies on it.
type Run = (...args: never[]) => Value;

/** A function that is called `name(a, b)`. */
export function fn(name: string, args: readonly CelType[], result: CelType, run: Run): Overload {
  return { name, isMethod: false, args, result, run: run as Overload["run"] };
}

/** A function that is called `target.name(b)`. */
export function method(name: string, args: readonly CelType[], result: CelType, run: Run): Overload {
  return { name, isMethod: true, args, result, run: run as Overload["run"] };
}

/** A method that tells true or false. */
export function predicate(name: string, args: readonly CelType[], run: (...args: never[]) => boolean): Overload {
  return method(name, args, bool, run);
}

const primitives: Partial<Record<CelType["kind"], string>> = {
  bool: "boolean",
  int: "bigint",
  double: "number",
  string: "string",
};

const classes = {
  uint: Uint,
  bytes: Uint8Array,
  timestamp: Timestamp,
  duration: Duration,
  list: CelList,
  map: CelMap,
  object: CelMap,
  optional: Optional,
} as const satisfies Partial<Record<CelType["kind"], unknown>>;

function hasClass(kind: CelType["kind"]): kind is keyof typeof classes {
  return kind in classes;
}

/** Whether a value can be passed as this type. The insides of lists and maps are not looked at. */
export function accepts(type: CelType, value: Value): boolean {
  const { kind } = type;
  if (kind === "dyn" || kind === "parameter") return true;
  if (kind === "null") return value === null;
  if (kind === "opaque") return value instanceof Opaque && value.type === type.name;
  const primitive = primitives[kind];
  if (primitive !== undefined) return typeof value === primitive;
  return value instanceof (hasClass(kind) ? classes[kind] : TypeValue);
}

/** Runs the first overload that takes the values. */
export function dispatch(overloads: readonly Overload[], args: readonly Value[]): Value {
  const found = overloads.find((overload) => overload.args.every((type, index) => accepts(type, args[index] ?? null)));
  if (found === undefined) throw new CelError("no such overload");
  return found.run(...args);
}
