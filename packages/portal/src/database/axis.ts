/** A stretch of time drawn as an axis: places, and round ticks in words. Pure. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The value within the range, nearest to what was wished. */
export const clamp = (ms: number, { from, to }: Range): number => Math.min(Math.max(ms, from), to);

/** Where a moment lies in a range, from 0 to 100. */
export const percent = (ms: number, { from, to }: Range): number =>
  to === from ? 0 : ((ms - from) / (to - from)) * 100;

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Distances between ticks that people read easily. */
const distances = [
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  28 * day,
  91 * day,
  364 * day,
];

/** Round moments of local time in a range, at most `most` of them, oldest first. */
export function ticks(range: Range, most: number): number[] {
  const distance = distances.find((one) => (range.to - range.from) / one <= most) ?? 364 * day;
  const offset = new Date(range.from).getTimezoneOffset() * minute;
  const first = Math.ceil((range.from - offset) / distance) * distance + offset;
  const all: number[] = [];
  for (let at = first; at <= range.to; at += distance) all.push(at);
  return all;
}

/** A tick's words: the day where days apart, else the time. */
export function tickText(ms: number, range: Range): string {
  const at = new Date(ms);
  const midnight = at.getHours() === 0 && at.getMinutes() === 0;
  if (midnight || range.to - range.from > 4 * day)
    return at.toLocaleDateString(undefined, { day: "numeric", month: "short" });
  return at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}
