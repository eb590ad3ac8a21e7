/** Kubernetes quantities (`500m`, `2Gi`, `1e3`), exactly, in thousandths. */

const BINARY: Record<string, bigint> = {
  Ki: 2n ** 10n,
  Mi: 2n ** 20n,
  Gi: 2n ** 30n,
  Ti: 2n ** 40n,
  Pi: 2n ** 50n,
  Ei: 2n ** 60n,
};
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** Thousandths, rounded up. Throws for what is no quantity. */
export function parseQuantity(text: string | number): bigint {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE][+-]?\d+)|([KMGTPE]i)|([numkMGTPE]?))$/.exec(String(text).trim());
  if (match === null || (match[2] === "" && (match[3] ?? "") === "")) throw new Error(`"${text}" is not a quantity`);
  const [, sign, whole = "", fraction = "", exponent, binary, decimal = ""] = match;
  const digits = BigInt(`${whole}${fraction}` || "0");
  const power =
    3 - fraction.length + (exponent === undefined ? 0 : Number(exponent.slice(1))) + (DECIMAL[decimal] ?? 0);
  const scaled = digits * (binary === undefined ? 1n : (BINARY[binary] ?? 1n));
  const value = power >= 0 ? scaled * 10n ** BigInt(power) : divideQuantity(scaled, 10n ** BigInt(-power));
  return sign === "-" ? -value : value;
}

/** Rounded up, as Kubernetes rounds. */
export function divideQuantity(value: bigint, by: bigint): bigint {
  return value % by === 0n || value < 0n ? value / by : value / by + 1n;
}

/** Whole units (bytes), or undefined for nothing. */
export function quantityUnits(text: string | number | undefined): number | undefined {
  return text === undefined ? undefined : Number(divideQuantity(parseQuantity(text), 1000n));
}

/** Thousandths (of a core), or undefined for nothing. */
export function quantityMilli(text: string | number | undefined): number | undefined {
  return text === undefined ? undefined : Number(parseQuantity(text));
}
