/** Bytes in words: "640 kB". */

const units = ["B", "kB", "MB", "GB", "TB"] as const;

/** Three digits at most, in powers of 1000. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A Kubernetes quantity as people write it: "20Gi" -> "20 GiB". */
export const quantityText = (quantity: string): string => quantity.replace(/([KMGT]i)$/, " $1B");
