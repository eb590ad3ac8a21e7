/** Resource quantities (`500m`, `2Gi`, `1e3`) as numbers to count with; what a text means is said by `@keelson/kube`. */
import { quantityNanos } from "@keelson/kube";

const NANOS_PER_UNIT = 1_000_000_000n;
const NANOS_PER_MILLI = 1_000_000n;

type Text = string | number | undefined;

/**
 * The quantity as a number (cores, bytes, pieces), exact up to 2^53; 0 for what is absent. The API server admits nothing malformed: was
 * it stored all the same, it counts as nothing rather than stopping the work on all other objects.
 */
export function quantity(text: Text): number {
  return parseQuantity(text) ?? 0;
}

/** The quantity as a number; undefined for what is absent or malformed. */
export function parseQuantity(text: Text): number | undefined {
  const nanos = nanosOf(text);
  if (nanos === undefined) return undefined;
  return Number(nanos / NANOS_PER_UNIT) + Number(nanos % NANOS_PER_UNIT) / Number(NANOS_PER_UNIT);
}

/** The quantity in thousandths, rounded up to whole numbers, so that sums of cpu do not drift. */
export function milli(text: Text): number {
  const nanos = nanosOf(text) ?? 0n;
  const whole = nanos / NANOS_PER_MILLI;
  return Number(nanos > whole * NANOS_PER_MILLI ? whole + 1n : whole);
}

function nanosOf(text: Text): bigint | undefined {
  return text === undefined || text === null ? undefined : quantityNanos(text);
}

/** A count of bytes in the largest binary unit that is exact. */
export function formatBytes(bytes: number): string {
  for (const [power, unit] of ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"].entries()) {
    const size = 2 ** (60 - 10 * power);
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(Math.ceil(bytes));
}

/** Thousandths as a canonical decimal quantity: `1500` is `1500m`, `2000` is `2`. */
export function formatMilli(thousandths: number): string {
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}
