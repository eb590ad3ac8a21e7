/** Fields that are a number or a share: `maxSurge: 25%`, `minAvailable: 2`. */

/** The whole number meant, of `total`; percentages are rounded as asked. Undefined when it is neither. */
export function resolveIntOrPercent(
  value: string | number | undefined,
  total: number,
  rounding: "up" | "down",
): number | undefined {
  if (typeof value === "number") return value;
  if (value === undefined || value === null) return undefined;
  const match = /^(\d+)%$/.exec(value);
  if (match === null) return undefined;
  const share = (Number(match[1]) * total) / 100;
  return rounding === "up" ? Math.ceil(share) : Math.floor(share);
}
