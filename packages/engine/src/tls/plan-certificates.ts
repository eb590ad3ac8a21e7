/** Which certificates are to be made now, and when to look again. Pure: the same state, wish and time give the same plan. */
import { type CertificateFacts, type KeyPair, readKeyPair } from "./certificate.ts";
import { type AuthorityStep, planAuthority } from "./plan-authority.ts";
import type { CertificateState } from "./state.ts";
import { RENEW_BEFORE_MS, type WantedCertificates, type WantedLeaf } from "./wanted.ts";

/** Why a leaf is made anew. */
export type LeafReason =
  | "Missing"
  | "Unreadable"
  | "NewAuthority"
  | "OtherAuthority"
  | "SubjectChanged"
  | "NamesChanged"
  | "Expiring";

/** Which certificates are to be made. */
export interface CertificatePlan {
  readonly authority: AuthorityStep;
  readonly leafs: readonly { readonly name: string; readonly reason: LeafReason }[];
  /** When to plan again if nothing else happens. Milliseconds since 1970. */
  readonly nextAt: number;
}

/** `state` is what the Secrets hold; leafs that nobody wants are left out of the result of `issueCertificates`. */
export function planCertificates(state: CertificateState, wanted: WantedCertificates, now: number): CertificatePlan {
  const { step, nextAt } = planAuthority(state.authority, wanted.authority, now);
  const replaced = step.type === "create" || step.type === "promote";
  const authority = replaced ? undefined : readKeyPair(state.authority?.current);
  const leafs: { name: string; reason: LeafReason }[] = [];
  let next = nextAt;
  for (const leaf of wanted.leafs) {
    const reason = leafReason(leaf, state.leafs[leaf.name], authority, now);
    if (reason !== undefined) leafs.push({ name: leaf.name, reason });
    const facts = reason === undefined ? readKeyPair(state.leafs[leaf.name]) : undefined;
    if (facts !== undefined) next = Math.min(next, renewalTime(facts));
  }
  return { authority: step, leafs, nextAt: leafs.length > 0 || step.type !== "keep" ? now : next };
}

/** Whether nothing is to be done. */
export function isSettled(plan: CertificatePlan): boolean {
  return plan.authority.type === "keep" && plan.leafs.length === 0;
}

function leafReason(
  wanted: WantedLeaf,
  pair: KeyPair | undefined,
  authority: CertificateFacts | undefined,
  now: number,
): LeafReason | undefined {
  if (pair === undefined) return "Missing";
  const facts = readKeyPair(pair);
  if (facts === undefined) return "Unreadable";
  if (authority === undefined) return "NewAuthority";
  if (!facts.isSignedBy(authority)) return "OtherAuthority";
  if (facts.commonName !== wanted.commonName) return "SubjectChanged";
  if (facts.dnsNames.join() !== [...new Set(wanted.dnsNames)].toSorted().join()) return "NamesChanged";
  return now >= renewalTime(facts) ? "Expiring" : undefined;
}

function renewalTime({ notBefore, notAfter }: CertificateFacts): number {
  return notAfter - Math.min(RENEW_BEFORE_MS, (notAfter - notBefore) / 3);
}
