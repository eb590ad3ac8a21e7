import { fn, method, type Overload, predicate } from "../overload.ts";
import { optionalOf, parameter } from "../type.ts";
import { CelError, CelList, CelMap, Optional, Uint, type Value } from "../value.ts";

const T = parameter("T");
const optional = optionalOf(T);

function isZero(value: Value): boolean {
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Uint) return value.value === 0n;
  return value === null || value === false || value === "" || value === 0 || value === 0n;
}

export const optionals: readonly Overload[] = [
  fn("optional.of", [T], optional, (value: Value) => new Optional(value)),
  fn("optional.ofNonZeroValue", [T], optional, (value: Value) => (isZero(value) ? Optional.none : new Optional(value))),
  fn("optional.none", [], optional, () => Optional.none),
  predicate("hasValue", [optional], ({ value }: Optional) => value !== undefined),
  method("value", [optional], T, ({ value }: Optional) => {
    if (value === undefined) throw new CelError("optional.none() dereference");
    return value;
  }),
  method("or", [optional, optional], optional, (a: Optional, b: Optional) => (a.value === undefined ? b : a)),
];
