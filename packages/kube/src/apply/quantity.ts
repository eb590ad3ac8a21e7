/** Resource quantities (`500m`, `1Gi`): the API server writes them in its own form, so they are compared by value. */

const suffixes: Readonly<Record<string, readonly [base: bigint, power: bigint]>> = {
  n: [10n, -9n],
  u: [10n, -6n],
  m: [10n, -3n],
  "": [10n, 0n],
  k: [10n, 3n],
  M: [10n, 6n],
  G: [10n, 9n],
  T: [10n, 12n],
  P: [10n, 15n],
  E: [10n, 18n],
  Ki: [2n, 10n],
  Mi: [2n, 20n],
  Gi: [2n, 30n],
  Ti: [2n, 40n],
  Pi: [2n, 50n],
  Ei: [2n, 60n],
};

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** Exact value in billionths (rounded up, as Kubernetes does); undefined when the text is no quantity. */
export function quantityNanos(value: string | number): bigint | undefined {
  const [matched, sign, whole = "", fraction = "", exponent, suffix = ""] = pattern.exec(String(value)) ?? [];
  if (matched === undefined || (whole === "" && fraction === "")) return undefined;
  const [base, power] = exponent === undefined ? (suffixes[suffix] ?? [10n, 0n]) : [10n, BigInt(exponent)];
  let numerator = BigInt(whole + fraction) * 1_000_000_000n;
  let denominator = 10n ** BigInt(fraction.length);
  if (power >= 0n) numerator *= base ** power;
  else denominator *= base ** -power;
  const rounded = (numerator + denominator - 1n) / denominator;
  return sign === "-" ? -rounded : rounded;
}

/** Whether two quantities have the same value. */
export function sameQuantity(a: string | number, b: string | number): boolean {
  const value = quantityNanos(a);
  return value !== undefined && value === quantityNanos(b);
}
