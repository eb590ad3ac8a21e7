import { compareQuantities, formatQuantity, parseQuantity, type Quantity } from "../../quantity.ts";
import { fn, method, type Overload, predicate } from "../overload.ts";
import { bool, double, int, opaque, string } from "../type.ts";
import { CelError, Opaque } from "../value.ts";

const quantity = opaque("kubernetes.Quantity");
const nanos = 1_000_000_000n;

function wrap(value: Quantity): Opaque {
  return new Opaque("kubernetes.Quantity", value, String(value.nano));
}

const of = ({ value }: Opaque): Quantity => value as Quantity;

function read(text: string): Opaque {
  const value = parseQuantity(text);
  if (value !== undefined) return wrap(value);
  throw new CelError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

const isWhole = (value: Quantity): boolean => value.nano % nanos === 0n;
const plus = (a: Quantity, nano: bigint): Opaque => wrap({ ...a, nano: a.nano + nano });

export const quantities: readonly Overload[] = [
  fn("quantity", [string], quantity, read),
  fn("isQuantity", [string], bool, (text: string) => parseQuantity(text) !== undefined),
  fn("sign", [quantity], int, (a: Opaque) => (of(a).nano < 0n ? -1n : of(a).nano > 0n ? 1n : 0n)),
  predicate("isInteger", [quantity], (a: Opaque) => isWhole(of(a))),
  method("asInteger", [quantity], int, (a: Opaque) => {
    if (!isWhole(of(a))) throw new CelError("cannot convert value to integer");
    return of(a).nano / nanos;
  }),
  method("asApproximateFloat", [quantity], double, (a: Opaque) => Number(of(a).nano) / 1e9),
  predicate("isLessThan", [quantity, quantity], (a: Opaque, b: Opaque) => compareQuantities(of(a), of(b)) < 0),
  predicate("isGreaterThan", [quantity, quantity], (a: Opaque, b: Opaque) => compareQuantities(of(a), of(b)) > 0),
  method("compareTo", [quantity, quantity], int, (a: Opaque, b: Opaque) => BigInt(compareQuantities(of(a), of(b)))),
  method("add", [quantity, quantity], quantity, (a: Opaque, b: Opaque) => plus(of(a), of(b).nano)),
  method("add", [quantity, int], quantity, (a: Opaque, b: bigint) => plus(of(a), b * nanos)),
  method("sub", [quantity, quantity], quantity, (a: Opaque, b: Opaque) => plus(of(a), -of(b).nano)),
  method("sub", [quantity, int], quantity, (a: Opaque, b: bigint) => plus(of(a), -b * nanos)),
  fn("string", [quantity], string, (a: Opaque) => formatQuantity(of(a))),
];
