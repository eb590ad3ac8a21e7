/**
 * A resource quantity (`100m`, `1.5Gi`, `2e3`), exact: `nano` is the value in units of 10^-9, the finest step that
 * Kubernetes keeps; finer values are rounded up (away from zero).
 */
export interface Quantity {
  readonly nano: bigint;
  readonly format: "DecimalSI" | "BinarySI" | "DecimalExponent";
}

const maxDigits = 1_000;
const nanos = 1_000_000_000n;

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

const binaryExponents: Readonly<Record<string, number>> = { Ki: 1, Mi: 2, Gi: 3, Ti: 4, Pi: 5, Ei: 6 };

/** Undefined when the text is not a quantity. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE])|[eE]([+-]?\d+))?$/.exec(String(text));
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", suffix = "", exponent] = match;
  if (whole === "" && fraction === "") return undefined;
  // Numbers of a million digits would hold the event loop.
  if (whole.length + fraction.length > maxDigits) return undefined;

  const digits = BigInt(whole + fraction);
  const binary = binaryExponents[suffix];
  const power = exponent === undefined ? (decimalExponents[suffix] ?? 0) : Number(exponent);
  if (Math.abs(power) > 400) return undefined;
  const numerator =
    digits * nanos * (binary === undefined ? 10n ** BigInt(Math.max(power, 0)) : 1024n ** BigInt(binary));
  const denominator = 10n ** BigInt(fraction.length + (binary === undefined ? Math.max(-power, 0) : 0));
  const magnitude = (numerator + denominator - 1n) / denominator;
  return {
    nano: sign === "-" ? -magnitude : magnitude,
    format: binary !== undefined ? "BinarySI" : exponent !== undefined ? "DecimalExponent" : "DecimalSI",
  };
}

/** The canonical text: `1500m`, `1536Mi`. The suffix is the largest that leaves no fraction. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return "0";
  const sign = nano < 0n ? "-" : "";
  const magnitude = nano < 0n ? -nano : nano;
  if (format === "BinarySI" && magnitude >= 1024n * nanos && magnitude % nanos === 0n) {
    return sign + formatBinary(magnitude / nanos);
  }
  return sign + formatDecimal(magnitude, format === "DecimalExponent");
}

function formatBinary(value: bigint): string {
  let rest = value;
  let steps = 0;
  while (rest % 1024n === 0n && steps < 6) {
    rest /= 1024n;
    steps++;
  }
  return `${rest}${["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][steps]}`;
}

function formatDecimal(nano: bigint, asExponent: boolean): string {
  let rest = nano;
  let power = -9;
  while (rest % 1000n === 0n && power < 18) {
    rest /= 1000n;
    power += 3;
  }
  if (asExponent) return power === 0 ? `${rest}` : `${rest}e${power}`;
  const suffix = Object.entries(decimalExponents).find(([, exponent]) => exponent === power)?.[0] ?? "";
  return `${rest}${suffix}`;
}

export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}

/** The canonical text of a quantity as it came; undefined when it is none. */
export function canonicalQuantity(text: string | number): string | undefined {
  const quantity = parseQuantity(text);
  return quantity === undefined ? undefined : formatQuantity(quantity);
}
