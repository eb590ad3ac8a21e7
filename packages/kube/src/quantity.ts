/**
 * Amounts as Kubernetes writes them: `500m`, `2`, `1Gi`, `1e3`. Exact: kept in billionths, the smallest that Kubernetes knows.
 * Source: Kubernetes API reference, "Quantity".
 */

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

/** How an amount is written; it stays so when the amount is written again. */
type Form = "binary" | "decimal" | "exponent";

/** An amount, and how it is written. */
export interface Quantity {
  /** Billionths. */
  readonly nano: bigint;
  readonly form: Form;
}

const NANO = 1_000_000_000n;
const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/** Suffixes of thousands, from billionths upwards. */
const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/** Undefined when the text is no quantity. What is finer than a billionth is rounded up, away from zero. */
export function parseQuantity(text: string | number): Quantity | undefined {
  const nano = quantityNanos(text);
  if (nano === undefined) return undefined;
  const form = /i$/.test(String(text)) ? "binary" : /[eE][+-]?\d/.test(String(text)) ? "exponent" : "decimal";
  return { nano, form };
}

/** The one way Kubernetes writes an amount: the largest suffix that leaves no fraction. */
export function formatQuantity({ nano, form }: Quantity): string {
  if (nano === 0n) return "0";
  const sign = nano < 0n ? "-" : "";
  let rest = nano < 0n ? -nano : nano;
  // Small and fractional amounts are decimal, however they came in.
  if (form === "binary" && rest >= 1024n * NANO && rest % NANO === 0n) {
    rest /= NANO;
    let power = 0;
    while (rest % 1024n === 0n && power < BINARY.length - 1) {
      rest /= 1024n;
      power++;
    }
    return `${sign}${rest}${BINARY[power]}`;
  }
  let power = 0;
  while (rest % 1000n === 0n && power < DECIMAL.length - 1) {
    rest /= 1000n;
    power++;
  }
  if (form !== "exponent") return `${sign}${rest}${DECIMAL[power]}`;
  const exponent = (power - DECIMAL.indexOf("")) * 3;
  return `${sign}${rest}${exponent === 0 ? "" : `e${exponent}`}`;
}

/** The canonical text of a quantity; the input itself when it is none. */
export function canonicalQuantity(text: string | number): string {
  const parsed = parseQuantity(text);
  return parsed === undefined ? String(text) : formatQuantity(parsed);
}

/** Negative, zero or positive, as the first is smaller, equal or larger. Throws for texts that are no quantities. */
export function compareQuantities(a: string | number, b: string | number): number {
  const [left, right] = [exact(a), exact(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** An amount as thousandths (millicores), rounded up. Throws for a text that is no quantity. */
export function thousandths(text: string | number): number {
  const step = NANO / 1000n;
  const nano = exact(text);
  return Number(nano >= 0n ? (nano + step - 1n) / step : nano / step);
}

function exact(text: string | number): bigint {
  const parsed = parseQuantity(text);
  if (parsed === undefined) throw new RangeError(`${text} is not a quantity such as 500m or 1Gi`);
  return parsed.nano;
}
