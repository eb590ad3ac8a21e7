/** What certificates a cluster wants to have. */
import type { Authority } from "./state.ts";

/** Milliseconds. */
export const DAY_MS = 86_400_000;

/** Validity of leafs. Source: the contract's default. */
export const LEAF_VALIDITY_MS = 365 * DAY_MS;

/** A leaf is renewed this long before its end, or when a third of its life is left, whichever comes later. Source: the contract. */
export const RENEW_BEFORE_MS = 30 * DAY_MS;

/** Validity of an authority that we make. Source: the contract (internal PKI). */
export const AUTHORITY_VALIDITY_MS = 3650 * DAY_MS;

/** How long a new authority is announced before it signs, and an old one trusted after it has signed for the last time. */
export const ROTATION_OVERLAP_MS = DAY_MS;

/**
 * The same for an authority that the user gives: long enough for every pod to load it (the kubelet writes changed Secrets within two
 * minutes), short enough to be waited for.
 */
export const PROVIDED_OVERLAP_MS = 600_000;

/** Certificates are valid from a little before they were made, for peers whose clocks are behind. */
export const CLOCK_SKEW_MS = 300_000;

/** Who is to sign. */
export interface WantedAuthority {
  readonly commonName: string;
  /**
   * The authority that the user gives, marked so. It takes over from ours with an overlap. Without the mark it is one that stays in its place
   * while the user's cannot be used.
   */
  readonly provided?: Authority;
}

/** A certificate for servers and clients. */
export interface WantedLeaf {
  /** Tells it apart from the others of the cluster; not in the certificate. */
  readonly name: string;
  readonly commonName: string;
  /** In any order; may be empty. */
  readonly dnsNames: readonly string[];
  /** Default `LEAF_VALIDITY_MS`. Cut at the end of its authority. */
  readonly validityMs?: number;
}

/** All certificates of a cluster. */
export interface WantedCertificates {
  readonly authority: WantedAuthority;
  readonly leafs: readonly WantedLeaf[];
}
