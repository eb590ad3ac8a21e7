import { Duration, Timestamp } from "./value.ts";

const second = 1_000_000_000n;

const unitNanos: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
  d: 86_400e9,
};

/** RFC 3339, or a day alone. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, day = "", time = "00:00:00", fraction = "", zone = "Z"] = match;
  const millis = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(millis)) return undefined;
  return new Timestamp(BigInt(millis) * 1_000_000n + BigInt(fraction.padEnd(9, "0")));
}

/** Go's form: `1h30m`, `-1.5s`. */
export function parseDuration(text: string): Duration | undefined {
  if (!/^[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+)$/.test(text)) return undefined;
  let nanos = 0;
  for (const [, amount = "0", unit = "ns"] of text.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/g)) {
    nanos += Number(amount) * (unitNanos[unit] ?? 0);
  }
  return new Duration(BigInt(Math.round(text.startsWith("-") ? -nanos : nanos)));
}

/** `90s`, `1.5s`, as CEL prints durations. */
export function printDuration({ nanos }: Duration): string {
  const magnitude = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? "-" : ""}${magnitude / second}${printFraction(magnitude % second)}s`;
}

/** RFC 3339 in UTC. */
export function printTimestamp({ nanos }: Timestamp): string {
  const rest = ((nanos % second) + second) % second;
  const date = new Date(Number((nanos - rest) / 1_000_000n));
  return `${date.toISOString().slice(0, 19)}${printFraction(rest)}Z`;
}

function printFraction(nanos: bigint): string {
  return nanos === 0n ? "" : `.${nanos.toString().padStart(9, "0").replace(/0+$/, "")}`;
}
