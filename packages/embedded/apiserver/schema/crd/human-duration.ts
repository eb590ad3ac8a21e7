const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** A span of time as kubectl shows it: `42s`, `3m10s`, `5h`, `2d3h`, `1y20d`. Milliseconds; up to a second of the future is `0s`. */
export function humanDuration(spanMs: number): string {
  if (spanMs < -second) return "<invalid>";
  if (spanMs < 0) return "0s";
  if (spanMs < 2 * minute) return `${whole(spanMs, second)}s`;
  if (spanMs < 10 * minute) return pair(spanMs, { unit: minute, name: "m", rest: second, restName: "s" });
  if (spanMs < 3 * hour) return `${whole(spanMs, minute)}m`;
  if (spanMs < 8 * hour) return pair(spanMs, { unit: hour, name: "h", rest: minute, restName: "m" });
  if (spanMs < 2 * day) return `${whole(spanMs, hour)}h`;
  if (spanMs < 8 * day) return pair(spanMs, { unit: day, name: "d", rest: hour, restName: "h" });
  if (spanMs < 2 * year) return `${whole(spanMs, day)}d`;
  if (spanMs < 8 * year) return pair(spanMs, { unit: year, name: "y", rest: day, restName: "d" });
  return `${whole(spanMs, year)}y`;
}

function whole(spanMs: number, unit: number): number {
  return Math.floor(spanMs / unit);
}

function pair(spanMs: number, of: { unit: number; name: string; rest: number; restName: string }): string {
  const rest = whole(spanMs % of.unit, of.rest);
  const head = `${whole(spanMs, of.unit)}${of.name}`;
  return rest === 0 ? head : `${head}${rest}${of.restName}`;
}
