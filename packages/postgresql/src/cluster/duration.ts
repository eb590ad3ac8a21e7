/** Durations as Go writes them: `8760h0m0s`, `1h30m`, `1.5h`; and days beside, `90d`. */

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/gy;

/** Milliseconds of a positive duration; undefined when the text is none. */
export function durationMs(text: string): number | undefined {
  const parts = [...text.trim().replace(/^\+/, "").matchAll(PART)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  if (length === 0 || length !== text.trim().replace(/^\+/, "").length) return undefined;
  return parts.reduce((sum, [, value, unit]) => sum + Number(value) * (UNITS[unit ?? ""] ?? 0), 0);
}
