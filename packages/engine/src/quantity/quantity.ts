/**
 * Amounts as Kubernetes writes them: `500m`, `2`, `1Gi`, `1e3`. Exact: kept in billionths, the smallest that Kubernetes knows.
 * Source: Kubernetes API reference, "Quantity".
 */
import { quantityNanos } from "@keelson/kube";

/** How an amount is written; it stays so when the amount is written again. */
type Form = "binary" | "decimal" | "exponent";

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

/** An amount as whole units (bytes, cores), rounded up. Throws for a text that is no quantity. */
export function wholeUnits(text: string | number): number {
  const nano = exact(text);
  return Number(nano >= 0n ? (nano + NANO - 1n) / NANO : nano / NANO);
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
