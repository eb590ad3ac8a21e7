/** What to do about the authority now. Pure. */
import { type CertificateFacts, certificateFacts, type KeyPair, readKeyPair } from "./certificate.ts";
import type { Authority, AuthorityState } from "./state.ts";
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
  | { readonly type: "announce"; readonly reason: "Provided" | "TakenBack" | "Expiring" }
  /** Note whose it is: it was taken when that was not noted. */
  | { readonly type: "mark"; readonly which: "current" | "next" }
  /** The next one signs from now on. */
  | { readonly type: "promote" }
  /** The next one is not wanted any more. It has signed nothing. */
  | { readonly type: "withdraw" }
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
  if (state === undefined) return { step: { type: "create", reason: "Missing" }, nextAt: now };
  const current = readKeyPair(state.current);
  if (current === undefined) return { step: { type: "create", reason: "Unreadable" }, nextAt: now };
  if (current.notAfter <= now) return { step: { type: "create", reason: "Expired" }, nextAt: now };

  if (isUnmarked(state.current, wanted)) return { step: { type: "mark", which: "current" }, nextAt: now };
  if (state.next !== undefined && isUnmarked(state.next, wanted))
    return { step: { type: "mark", which: "next" }, nextAt: now };

  const overlap = isUsersDoing(state, wanted) ? PROVIDED_OVERLAP_MS : ROTATION_OVERLAP_MS;
  if (state.next !== undefined && isWantedNext(state.next, current, wanted)) {
    const promoteAt = state.next.since + overlap;
    return now >= promoteAt
      ? { step: { type: "promote" }, nextAt: now }
      : { step: { type: "keep" }, nextAt: promoteAt };
  }

  const reason = isTakenBack(state.current, wanted) ? "TakenBack" : replacementReason(current, wanted, now);
  if (reason !== undefined) return { step: { type: "announce", reason }, nextAt: now };
  if (state.next !== undefined) return { step: { type: "withdraw" }, nextAt: now };

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

/** Whether the user gives an authority or takes it back: then it goes quickly, not as by age. */
function isUsersDoing({ current, previous }: AuthorityState, wanted: WantedAuthority): boolean {
  return wanted.provided !== undefined || current.provided === true || previous?.provided === true;
}

/** The user gives it, and it does not say so: without the mark nobody would see that it is taken back. */
function isUnmarked(authority: Authority, { provided }: WantedAuthority): boolean {
  if (provided?.provided !== true || authority.provided === true) return false;
  const facts = readKeyPair(authority);
  return facts !== undefined && isSame(facts, provided);
}

/** It may be compromised, and its key is still in our Secret: it does not stay until its end. */
function isTakenBack(authority: Authority, wanted: WantedAuthority): boolean {
  return authority.provided === true && wanted.provided === undefined;
}

/** The announced one is dropped again when the user gives another, or takes it back. */
function isWantedNext(next: Authority, current: CertificateFacts, wanted: WantedAuthority): boolean {
  const facts = readKeyPair(next);
  if (facts === undefined || isTakenBack(next, wanted)) return false;
  if (wanted.provided !== undefined) return isSame(facts, wanted.provided) && !isSame(current, wanted.provided);
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
