/** Carries a plan out: makes what it names, keeps the rest as it is. */
import { bundle, type KeyPair } from "./certificate.ts";
import { issueAuthority, issueLeaf } from "./issue.ts";
import type { CertificatePlan } from "./plan-certificates.ts";
import type { Authority, AuthorityState, CertificateState } from "./state.ts";
import { AUTHORITY_VALIDITY_MS, LEAF_VALIDITY_MS, type WantedAuthority, type WantedCertificates } from "./wanted.ts";

/** A state with an authority and exactly the wanted leafs. Write the authority before the leafs: they are worth nothing without it. */
export interface IssuedCertificates extends CertificateState {
  readonly authority: AuthorityState;
}

/**
 * The state after the plan. `state`, `wanted` and `now` are those that the plan was made from. Throws when a provided authority can not be
 * used.
 */
export async function issueCertificates(
  plan: CertificatePlan,
  from: { readonly state: CertificateState; readonly wanted: WantedCertificates; readonly now: number },
): Promise<IssuedCertificates> {
  const { state, wanted, now } = from;
  const authority = await authorityAfter(plan, state.authority, { wanted: wanted.authority, now });
  const reissued = new Set(plan.leafs.map(({ name }) => name));
  const leafs: Record<string, KeyPair> = {};
  for (const leaf of wanted.leafs) {
    const kept = state.leafs[leaf.name];
    leafs[leaf.name] =
      kept !== undefined && !reissued.has(leaf.name)
        ? kept
        : await issueLeaf(leaf, authority.current, { now, validityMs: leaf.validityMs ?? LEAF_VALIDITY_MS });
  }
  return { authority, leafs };
}

async function authorityAfter(
  { authority: step }: CertificatePlan,
  state: AuthorityState | undefined,
  { wanted, now }: { readonly wanted: WantedAuthority; readonly now: number },
): Promise<AuthorityState> {
  if (step.type === "create" || state === undefined) return { current: await newAuthority(wanted, now) };
  const { current, next, previous } = state;
  switch (step.type) {
    case "keep":
      return state;
    case "announce":
      return { current, next: { ...(await newAuthority(wanted, now)), since: now }, ...(previous && { previous }) };
    case "mark":
      return step.which === "current"
        ? { ...state, current: { ...current, provided: true } }
        : { ...state, ...(next && { next: { ...next, provided: true } }) };
    case "promote": {
      if (next === undefined) return state;
      const trusted = bundle(current.certificate, previous?.bundle);
      const { since: _, ...signer } = next;
      const wasProvided = current.provided === true ? { provided: true } : {};
      return { current: signer, previous: { bundle: trusted, since: now, ...wasProvided } };
    }
    case "withdraw":
      return { current, ...(previous && { previous }) };
    case "retire":
      return { current };
  }
}

async function newAuthority({ provided, commonName }: WantedAuthority, now: number): Promise<Authority> {
  if (provided !== undefined) return provided;
  return await issueAuthority(commonName, { now, validityMs: AUTHORITY_VALIDITY_MS });
}
