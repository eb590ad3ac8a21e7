import { compareValues, equals } from "../equality.ts";
import { fn, type Overload } from "../overload.ts";
import { bool, bytes, type CelType, double, duration, int, parameter, string, timestamp, uint } from "../type.ts";
import { CelError, Duration, Timestamp, Uint, type Value } from "../value.ts";

const T = parameter("T");

function inInt(value: bigint): bigint {
  if (value < -(2n ** 63n) || value >= 2n ** 63n) throw new CelError("integer overflow");
  return value;
}

function inUint(value: bigint): Uint {
  if (value < 0n || value >= 2n ** 64n) throw new CelError("unsigned integer overflow");
  return new Uint(value);
}

const ordered: readonly CelType[] = [bool, int, uint, double, string, bytes, timestamp, duration];
const numbers: readonly CelType[] = [int, uint, double];

/** Both operands of one type, or any two kinds of numbers. */
function relation(name: string, holds: (order: -1 | 0 | 1) => boolean): Overload[] {
  const run = (a: Value, b: Value): boolean => {
    const order = compareValues(a, b);
    return order !== undefined && holds(order);
  };
  const mixed = numbers.flatMap((a) => numbers.filter((b) => b !== a).map((b) => [a, b] as const));
  return [...ordered.map((type) => [type, type] as const), ...mixed].map((types) => fn(name, types, bool, run));
}

const intOp = (name: string, run: (a: bigint, b: bigint) => bigint): Overload[] => [
  fn(name, [int, int], int, (a: bigint, b: bigint) => inInt(run(a, b))),
  fn(name, [uint, uint], uint, (a: Uint, b: Uint) => inUint(run(a.value, b.value))),
];

const doubleOp = (name: string, run: (a: number, b: number) => number): Overload =>
  fn(name, [double, double], double, run);

function notZero(divisor: bigint, what: string): bigint {
  if (divisor === 0n) throw new CelError(what);
  return divisor;
}

export const arithmetic: readonly Overload[] = [
  fn("_==_", [T, T], bool, (a: Value, b: Value) => equals(a, b)),
  fn("_!=_", [T, T], bool, (a: Value, b: Value) => !equals(a, b)),
  ...relation("_<_", (order) => order < 0),
  ...relation("_<=_", (order) => order <= 0),
  ...relation("_>_", (order) => order > 0),
  ...relation("_>=_", (order) => order >= 0),
  fn("!_", [bool], bool, (a: boolean) => !a),
  fn("-_", [int], int, (a: bigint) => inInt(-a)),
  fn("-_", [double], double, (a: number) => -a),
  ...intOp("_+_", (a, b) => a + b),
  ...intOp("_-_", (a, b) => a - b),
  ...intOp("_*_", (a, b) => a * b),
  ...intOp("_/_", (a, b) => a / notZero(b, "division by zero")),
  ...intOp("_%_", (a, b) => a % notZero(b, "modulus by zero")),
  doubleOp("_+_", (a, b) => a + b),
  doubleOp("_-_", (a, b) => a - b),
  doubleOp("_*_", (a, b) => a * b),
  doubleOp("_/_", (a, b) => a / b),
  fn("_+_", [string, string], string, (a: string, b: string) => a + b),
  fn("_+_", [bytes, bytes], bytes, (a: Uint8Array, b: Uint8Array) => Uint8Array.from([...a, ...b])),
  fn("_+_", [timestamp, duration], timestamp, (a: Timestamp, b: Duration) => new Timestamp(a.nanos + b.nanos)),
  fn("_+_", [duration, timestamp], timestamp, (a: Duration, b: Timestamp) => new Timestamp(a.nanos + b.nanos)),
  fn("_+_", [duration, duration], duration, (a: Duration, b: Duration) => new Duration(a.nanos + b.nanos)),
  fn("_-_", [timestamp, timestamp], duration, (a: Timestamp, b: Timestamp) => new Duration(a.nanos - b.nanos)),
  fn("_-_", [timestamp, duration], timestamp, (a: Timestamp, b: Duration) => new Timestamp(a.nanos - b.nanos)),
  fn("_-_", [duration, duration], duration, (a: Duration, b: Duration) => new Duration(a.nanos - b.nanos)),
];
