/** Amounts of resources (`500m`, `2Gi`) as texts: compared, added, subtracted. What cannot be read counts as zero. */
import { compareQuantities, formatQuantity, parseQuantity, type Quantity } from "./schema/index.ts";

const zero = parseQuantity("0");

function read(text: unknown): Quantity {
  const value = parseQuantity(String(text ?? "0")) ?? zero;
  if (value === undefined) throw new Error("quantities cannot be read");
  return value;
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareAmounts(a: unknown, b: unknown): number {
  return compareQuantities(read(a), read(b));
}

/** The sum, in the notation of the first that has one. */
export function sumAmounts(amounts: readonly unknown[]): string {
  const values = amounts.map(read);
  const nano = values.reduce((sum, value) => sum + value.nano, 0n);
  const format = values.find((value) => value.nano !== 0n)?.format ?? "DecimalSI";
  return formatQuantity({ nano, format });
}

export function subtractAmounts(a: unknown, b: unknown): string {
  const [left, right] = [read(a), read(b)];
  return formatQuantity({ nano: left.nano - right.nano, format: left.format });
}
