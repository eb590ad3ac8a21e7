/** Comparing and naming values by content. */
import { isDeepStrictEqual } from "node:util";
import { canonicalJson } from "@keelson/kube";

/**
 * Whether two API values mean the same: absent, null, empty lists and empty maps are alike, as in
 * Kubernetes' semantic equality.
 */
export function sameMeaning(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutEmpty(a), withoutEmpty(b));
}

/** Letters without vowels and look-alike digits, so that a name made of them is no word. Source: k8s.io/apimachinery rand. */
const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** A short stable name for a value's content; a further `salt` gives another one (after a collision). */
export function contentHash(value: unknown, salt?: number): string {
  const digits = String(fnv1a(canonicalJson(value) + (salt === undefined ? "" : `#${salt}`)));
  return [...digits].map((digit) => ALPHABET[digit.charCodeAt(0) % ALPHABET.length]).join("");
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const fields = Object.entries(value)
    .map(([key, field]) => [key, withoutEmpty(field)] as const)
    .filter(([, field]) => field !== undefined);
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}
