import { method, type Overload } from "../overload.ts";
import { duration, int, string, timestamp } from "../type.ts";
import { CelError, type Duration, type Timestamp } from "../value.ts";

type Part = "year" | "month" | "day" | "weekday" | "hour" | "minute" | "second";

/** The parts of a moment in a time zone: a name, or a distance such as `+02:00`. */
function partsIn(
  { nanos }: Timestamp,
  zone: string,
): Record<Part, number> & { readonly milli: number; readonly yearDay: number } {
  const millis = Number(nanos / 1_000_000n);
  const local = new Date(millis + offset(millis, zone));
  const start = Date.UTC(local.getUTCFullYear(), 0, 1);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    milli: local.getUTCMilliseconds(),
    yearDay: Math.floor((local.getTime() - start) / 86_400_000),
  };
}

function offset(millis: number, zone: string): number {
  if (zone === "UTC" || zone === "") return 0;
  const fixed = /^([+-]?)(\d{2}):(\d{2})$/.exec(zone);
  if (fixed !== null) {
    const [, sign, hours, minutes] = fixed;
    return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  }
  try {
    const text = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(
      millis,
    );
    return Date.parse(`${text.replace(" ", "T")}Z`) - Math.floor(millis / 1000) * 1000;
  } catch {
    throw new CelError(`unknown time zone ${zone}`);
  }
}

function part(name: string, read: (parts: ReturnType<typeof partsIn>) => number): Overload[] {
  return [
    method(name, [timestamp], int, (time: Timestamp) => BigInt(read(partsIn(time, "UTC")))),
    method(name, [timestamp, string], int, (time: Timestamp, zone: string) => BigInt(read(partsIn(time, zone)))),
  ];
}

export const times: readonly Overload[] = [
  ...part("getFullYear", ({ year }) => year),
  ...part("getMonth", ({ month }) => month),
  ...part("getDate", ({ day }) => day),
  ...part("getDayOfMonth", ({ day }) => day - 1),
  ...part("getDayOfWeek", ({ weekday }) => weekday),
  ...part("getDayOfYear", ({ yearDay }) => yearDay),
  ...part("getHours", ({ hour }) => hour),
  ...part("getMinutes", ({ minute }) => minute),
  ...part("getSeconds", ({ second }) => second),
  ...part("getMilliseconds", ({ milli }) => milli),
  method("getHours", [duration], int, ({ nanos }: Duration) => nanos / 3_600_000_000_000n),
  method("getMinutes", [duration], int, ({ nanos }: Duration) => nanos / 60_000_000_000n),
  method("getSeconds", [duration], int, ({ nanos }: Duration) => nanos / 1_000_000_000n),
  method("getMilliseconds", [duration], int, ({ nanos }: Duration) => (nanos / 1_000_000n) % 1000n),
];
