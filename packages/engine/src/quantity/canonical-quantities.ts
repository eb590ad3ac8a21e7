/** Brings the amounts in a resource into the form in which the API server gives them back. */
import { canonicalQuantity } from "@keelson/kube";

/** Maps from names to amounts: fields of `resources`. */
const MAPS = new Set(["limits", "requests"]);
/** Amounts: of an emptyDir, of a resource field in the environment. */
const FIELDS = new Set(["sizeLimit", "divisor"]);
/** Content that is not Kubernetes': may have fields of the same names. */
const FREE = new Set(["dynamicConfiguration", "labels", "annotations", "global", "parameters"]);

/**
 * A copy in which every amount of a Kubernetes type is canonical (`0.5` -> `500m`, `1024Mi` -> `1Gi`, 2 -> "2"). Users may write an amount in
 * many ways; the API server stores it in one, and comparing what is wanted with what is there must not see a change.
 */
export function canonicalQuantities<T>(value: T): T {
  return convert(value) as T;
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, convertField(key, inner)]));
}

function convertField(key: string, value: unknown): unknown {
  if (FREE.has(key)) return value;
  if (FIELDS.has(key)) return convertAmount(value);
  if (MAPS.has(key) && value !== null && typeof value === "object" && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, amount]) => [name, convertAmount(amount)]));
  }
  return convert(value);
}

function convertAmount(value: unknown): unknown {
  return typeof value === "string" || typeof value === "number" ? canonicalQuantity(value) : value;
}
