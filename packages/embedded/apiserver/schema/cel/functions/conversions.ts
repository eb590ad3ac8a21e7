import { fn, type Overload } from "../overload.ts";
import { parseDuration, parseTimestamp, printDuration, printTimestamp } from "../time.ts";
import { bool, bytes, double, duration, dyn, int, string, timestamp, typeType, uint } from "../type.ts";
import { CelError, type Duration, Timestamp, TypeValue, typeName, Uint, type Value } from "../value.ts";

function toInt(value: number | bigint): bigint {
  if (typeof value === "number" && !Number.isFinite(value)) throw new CelError("integer overflow");
  const whole = typeof value === "number" ? BigInt(Math.trunc(value)) : value;
  if (whole < -(2n ** 63n) || whole >= 2n ** 63n) throw new CelError("integer overflow");
  return whole;
}

function toUint(value: number | bigint): Uint {
  const whole = typeof value === "number" ? (Number.isFinite(value) ? BigInt(Math.trunc(value)) : -1n) : value;
  if (whole < 0n || whole >= 2n ** 64n) throw new CelError("unsigned integer overflow");
  return new Uint(whole);
}

function readInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new CelError(`cannot convert ${JSON.stringify(text)} to int`);
  return BigInt(text);
}

function readDouble(text: string): number {
  const value = Number(text.trim() === "" ? Number.NaN : text);
  if (Number.isNaN(value) && text !== "NaN") throw new CelError(`cannot convert ${JSON.stringify(text)} to double`);
  return value;
}

function readBool(text: string): boolean {
  if (["true", "True", "TRUE", "t", "1"].includes(text)) return true;
  if (["false", "False", "FALSE", "f", "0"].includes(text)) return false;
  throw new CelError(`cannot convert ${JSON.stringify(text)} to bool`);
}

function decodeUtf8(data: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    throw new CelError("invalid UTF-8 in bytes, cannot convert to string");
  }
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new CelError(what);
  return value;
}

export const conversions: readonly Overload[] = [
  fn("dyn", [dyn], dyn, (value: Value) => value),
  fn("type", [dyn], typeType, (value: Value) => new TypeValue(typeName(value))),
  fn("int", [int], int, (value: bigint) => value),
  fn("int", [uint], int, ({ value }: Uint) => toInt(value)),
  fn("int", [double], int, toInt),
  fn("int", [string], int, (text: string) => toInt(readInt(text))),
  fn("int", [timestamp], int, ({ nanos }: Timestamp) => nanos / 1_000_000_000n),
  fn("uint", [uint], uint, (value: Uint) => value),
  fn("uint", [int], uint, toUint),
  fn("uint", [double], uint, toUint),
  fn("uint", [string], uint, (text: string) => toUint(readInt(text))),
  fn("double", [double], double, (value: number) => value),
  fn("double", [int], double, (value: bigint) => Number(value)),
  fn("double", [uint], double, ({ value }: Uint) => Number(value)),
  fn("double", [string], double, readDouble),
  fn("bool", [bool], bool, (value: boolean) => value),
  fn("bool", [string], bool, readBool),
  fn("string", [string], string, (text: string) => text),
  fn("string", [int], string, (value: bigint) => String(value)),
  fn("string", [uint], string, ({ value }: Uint) => String(value)),
  fn("string", [double], string, (value: number) => String(value)),
  fn("string", [bool], string, (value: boolean) => String(value)),
  fn("string", [bytes], string, decodeUtf8),
  fn("string", [timestamp], string, printTimestamp),
  fn("string", [duration], string, printDuration),
  fn("bytes", [bytes], bytes, (data: Uint8Array) => data),
  fn("bytes", [string], bytes, (text: string) => new TextEncoder().encode(text)),
  fn("timestamp", [timestamp], timestamp, (value: Timestamp) => value),
  fn("timestamp", [int], timestamp, (seconds: bigint) => new Timestamp(seconds * 1_000_000_000n)),
  fn("timestamp", [string], timestamp, (text: string) =>
    need(parseTimestamp(text), `cannot convert ${JSON.stringify(text)} to timestamp`),
  ),
  fn("duration", [duration], duration, (value: Duration) => value),
  fn("duration", [string], duration, (text: string) =>
    need(parseDuration(text), `cannot convert ${JSON.stringify(text)} to duration`),
  ),
];
