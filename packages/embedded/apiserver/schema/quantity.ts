/** A resource quantity (`100m`, `1.5Gi`, `2e3`), exact: `nano` is the value in units of 10^-9. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: "DecimalSI" | "BinarySI" | "DecimalExponent";
}

/** Undefined when the text is not a quantity. */
export function parseQuantity(_text: string | number): Quantity | undefined {
  throw new Error("not implemented");
}

/** The canonical text: `1500m`, `1536Mi`. */
export function formatQuantity(_quantity: Quantity): string {
  throw new Error("not implemented");
}

export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0;
}
