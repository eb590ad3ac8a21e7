/** Names of Kubernetes objects that stay within their limit. */
import { createHash } from "node:crypto";

/** Longest label value and DNS label; names that become either must fit. Source: RFC 1123, Kubernetes' object names. */
export const MAX_LABEL_LENGTH = 63;

const HASH_LENGTH = 8;

/**
 * The parts joined by `-`. A name that would be longer than `max` is cut, and ends in a hash of the whole, so that two long names that begin
 * alike stay apart. Deterministic: the same parts always give the same name.
 */
export function boundedName(parts: readonly string[], max: number = MAX_LABEL_LENGTH): string {
  const whole = parts.filter((part) => part !== "").join("-");
  if (whole.length <= max) return whole;
  const kept = whole.slice(0, max - HASH_LENGTH - 1).replace(/[-.]+$/, "");
  return `${kept}-${shortHash(whole)}`;
}

/** First 8 hex digits of SHA-256 of a text. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
}
