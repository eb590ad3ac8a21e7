/** What to do about the authority now. Pure. */
import { type CertificateFacts, certificateFacts, type KeyPair, readKeyPair } from "./certificate.ts";
import type { AuthorityState } from "./state.ts";
import {
  AUTHORITY_VALIDITY_MS,
  LEAF_VALIDITY_MS,
  PROVIDED_OVERLAP_MS,
  RENEW_BEFORE_MS,
  ROTATION_OVERLAP_MS,
  type WantedAuthority,
} from "./wanted.ts";

/** The next step of an authority's life. */
export type AuthorityStep =
  | { readonly type: "keep" }
  /** Make or take one at once: there is none that could be used. */
  | { readonly type: "create"; readonly reason: "Missing" | "Unreadable" | "Expired" }
  /** Make or take the next one, and let everybody trust it. */
  | { readonly type: "announce"; readonly reason: "Provided" | "Expiring" }
  /** The next one signs from now on. */
  | { readonly type: "promote" }
  /** Nobody uses what the previous one signed any more. */
  | { readonly type: "retire" };

/** What to do about the authority, and when to look again. */
export interface AuthorityPlan {
  readonly step: AuthorityStep;
  /** When this decision can change by time alone. Milliseconds since 1970. */
  readonly nextAt: number;
}

/**
 * Safety: between "announce" and "promote", and between "promote" and "retire", lies the overlap. A peer that is up to one overlap behind still
 * trusts everybody and is trusted by everybody, so that a rotation needs no restart and no common moment.
 */
export function planAuthority(state: AuthorityState | undefined, wanted: WantedAuthority, now: number): AuthorityPlan {
  const overlap = wanted.provided === undefined ? ROTATION_OVERLAP_MS : PROVIDED_OVERLAP_MS;
  if (state === undefined) return { step: { type: "create", reason: "Missing" }, nextAt: now };
  const current = readKeyPair(state.current);
  if (current === undefined) return { step: { type: "create", reason: "Unreadable" }, nextAt: now };
  if (current.notAfter <= now) return { step: { type: "create", reason: "Expired" }, nextAt: now };

  const next = readKeyPair(state.next);
  if (state.next !== undefined && next !== undefined && isWantedNext(next, current, wanted)) {
    const promoteAt = state.next.since + overlap;
    return now >= promoteAt
      ? { step: { type: "promote" }, nextAt: now }
      : { step: { type: "keep" }, nextAt: promoteAt };
  }

  const reason = replacementReason(current, wanted, now);
  if (reason !== undefined) return { step: { type: "announce", reason }, nextAt: now };

  const retireAt = state.previous === undefined ? Number.POSITIVE_INFINITY : state.previous.since + overlap;
  if (now >= retireAt) return { step: { type: "retire" }, nextAt: now };
  return { step: { type: "keep" }, nextAt: Math.min(retireAt, rotationTime(current, wanted)) };
}

function replacementReason(
  current: CertificateFacts,
  wanted: WantedAuthority,
  now: number,
): "Provided" | "Expiring" | undefined {
  if (wanted.provided !== undefined) return isSame(current, wanted.provided) ? undefined : "Provided";
  return now >= rotationTime(current, wanted) ? "Expiring" : undefined;
}

/** The announced one is dropped again when the user gives another, or takes it back. */
function isWantedNext(next: CertificateFacts, current: CertificateFacts, wanted: WantedAuthority): boolean {
  if (wanted.provided !== undefined) return isSame(next, wanted.provided) && !isSame(current, wanted.provided);
  return true;
}

function isSame(facts: CertificateFacts, pair: KeyPair): boolean {
  try {
    return certificateFacts(pair.certificate).fingerprint === facts.fingerprint;
  } catch {
    return false;
  }
}

/** So early that a leaf of full length still ends before its authority, but not before two thirds of the authority's life. */
function rotationTime(current: CertificateFacts, wanted: WantedAuthority): number {
  if (wanted.provided !== undefined) return Number.POSITIVE_INFINITY;
  const life = Math.min(current.notAfter - current.notBefore, AUTHORITY_VALIDITY_MS);
  return current.notAfter - Math.min(LEAF_VALIDITY_MS + RENEW_BEFORE_MS, life / 3);
}
