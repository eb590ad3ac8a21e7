/** Resource quantities (`500m`, `2Gi`, `1e3`). */

const SCALE: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const FORM = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** The quantity as a number (cores, bytes, pieces); 0 for what is absent or malformed. Exact up to 2^53. */
export function quantity(text: string | number | undefined): number {
  return parseQuantity(text) ?? 0;
}

/** The quantity as a number; undefined for what is absent or malformed. */
export function parseQuantity(text: string | number | undefined): number | undefined {
  if (text === undefined || text === null) return undefined;
  if (typeof text === "number") return text;
  const match = FORM.exec(text.trim());
  if (match === null) return undefined;
  const [, digits = "0", exponent, suffix = ""] = match;
  if (exponent !== undefined) return Number(digits + exponent);
  return Number(digits) * (SCALE[suffix] ?? 1);
}

/** The quantity in thousandths, whole numbers, so that sums of cpu do not drift. */
export function milli(text: string | number | undefined): number {
  // Adding 0 makes the -0 of nothing a plain 0.
  return Math.ceil(quantity(text) * 1000 - 1e-6) + 0;
}

/** A count of bytes in the largest binary unit that is exact. */
export function formatBytes(bytes: number): string {
  for (const unit of ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"]) {
    const size = SCALE[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(Math.ceil(bytes));
}

/** Thousandths as a canonical decimal quantity: `1500` is `1500m`, `2000` is `2`. */
export function formatMilli(thousandths: number): string {
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}
