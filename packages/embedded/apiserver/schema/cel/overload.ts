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

/** Whether a value can be passed as this type. The insides of lists and maps are not looked at. */
export function accepts(type: CelType, value: Value): boolean {
  switch (type.kind) {
    case "dyn":
    case "parameter":
      return true;
    case "bool":
      return typeof value === "boolean";
    case "int":
      return typeof value === "bigint";
    case "uint":
      return value instanceof Uint;
    case "double":
      return typeof value === "number";
    case "string":
      return typeof value === "string";
    case "bytes":
      return value instanceof Uint8Array;
    case "null":
      return value === null;
    case "timestamp":
      return value instanceof Timestamp;
    case "duration":
      return value instanceof Duration;
    case "list":
      return value instanceof CelList;
    case "map":
    case "object":
      return value instanceof CelMap;
    case "optional":
      return value instanceof Optional;
    case "opaque":
      return value instanceof Opaque && value.type === type.name;
    default:
      return value instanceof TypeValue;
  }
}

/** Runs the first overload that takes the values. */
export function dispatch(overloads: readonly Overload[], args: readonly Value[]): Value {
  const found = overloads.find((overload) => overload.args.every((type, index) => accepts(type, args[index] ?? null)));
  if (found === undefined) throw new CelError("no such overload");
  return found.run(...args);
}
