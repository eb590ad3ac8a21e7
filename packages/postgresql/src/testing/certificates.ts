/** Certificates for tests, as a user would bring them. */
import { issueAuthority, issueCertificates, type KeyPair, planCertificates } from "@keelson/engine";
import { NOW } from "./fixtures.ts";

const DAY_MS = 86_400_000;

export const authority = (commonName = "user-ca"): Promise<KeyPair> =>
  issueAuthority(commonName, { now: NOW - DAY_MS, validityMs: 3650 * DAY_MS });

export interface LeafInit {
  readonly commonName?: string;
  readonly dnsNames?: readonly string[];
  readonly validityMs?: number;
  readonly now?: number;
}

/** A Secret's texts with a certificate of this authority. */
export async function leafSecret(
  by: KeyPair,
  { commonName = "x", dnsNames = ["orders-primary"], validityMs = 365 * DAY_MS, now = NOW }: LeafInit = {},
): Promise<Record<string, string>> {
  const wanted = {
    authority: { commonName: "unused", provided: by },
    leafs: [{ name: "leaf", commonName, dnsNames, validityMs }],
  };
  const state = { authority: { current: by }, leafs: {} };
  const { leafs } = await issueCertificates(planCertificates(state, wanted, now), { state, wanted, now });
  const { certificate = "", key = "" } = leafs["leaf"] ?? {};
  return { "tls.crt": certificate, "tls.key": key, "ca.crt": by.certificate };
}
