/** What is wrong with a certificate of the user's. Pure. */
import { type CertificateFacts, certificateFacts, readKeyPair } from "@keelson/engine";

export interface CertificateCheck {
  /** Keys of the Secret. */
  readonly certificate: string;
  readonly key: string;
  /** Key of the authority's certificate in the same Secret, when it has to be there. */
  readonly authority?: string;
  /** Certificates of the authority where the Secret does not bring it, and how that is called in messages. */
  readonly roots?: { readonly pem: string; readonly name: string };
  readonly commonName?: string;
  /** The certificate has to be for one of these hosts. */
  readonly hosts?: readonly string[];
  /** Whether it has to be able to sign others. */
  readonly signs?: boolean;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** All certificates of a PEM text. Throws when one is unreadable. */
const certificatesOf = (pem: string): CertificateFacts[] =>
  (pem.match(PEM) ?? []).map((text) => certificateFacts(text));

/** Whether one of the roots stands behind the first certificate of a chain. */
function isTrusted(chain: readonly CertificateFacts[], roots: readonly CertificateFacts[]): boolean {
  const [leaf, ...between] = chain;
  if (leaf === undefined) return false;
  if (roots.some((root) => leaf.isSignedBy(root))) return true;
  const issuer = between.findIndex((each) => leaf.isSignedBy(each));
  const next = between[issuer];
  return next !== undefined && isTrusted([next, ...between.filter((each) => each !== next)], roots);
}

/** What is wrong with it, naming the key, and what to do; undefined when the certificate can be used. */
export function certificateProblem(
  texts: Readonly<Record<string, string>> | undefined,
  check: CertificateCheck,
  now: number,
): string | undefined {
  const { certificate, key, authority, roots, commonName, hosts } = check;
  if (texts === undefined) return "does not exist. Create it";
  const missing = [certificate, key, ...(authority === undefined ? [] : [authority])].filter(
    (name) => (texts[name] ?? "") === "",
  );
  if (missing.length > 0) return `has no ${missing.join(", ")}. Add it`;
  const facts = readKeyPair({ certificate: texts[certificate] ?? "", key: texts[key] ?? "" });
  if (facts === undefined) return `${certificate} and ${key} are unreadable or do not belong together. Correct them`;
  if (facts.notAfter <= now) return `${certificate} has expired at ${facts.x509.validTo}. Renew it`;
  if (check.signs === true && !facts.x509.ca)
    return `${certificate} is no authority (CA:TRUE is missing). Give one that may sign`;
  if (commonName !== undefined && facts.commonName !== commonName)
    return `${certificate} has the common name "${facts.commonName}", and needs "${commonName}". Issue it for that name`;
  if (hosts !== undefined && !hosts.some((host) => facts.x509.checkHost(host) !== undefined)) {
    const found = facts.dnsNames.length === 0 ? "none" : facts.dnsNames.join(", ");
    return `${certificate} is not for ${hosts.join(" or ")} (its DNS names: ${found}). Issue it with that name`;
  }
  const trusted = authority === undefined ? roots : { pem: texts[authority] ?? "", name: authority };
  if (trusted === undefined) return undefined;
  try {
    const chain = certificatesOf(texts[certificate] ?? "");
    return isTrusted(chain, certificatesOf(trusted.pem))
      ? undefined
      : `${certificate} is not signed by ${trusted.name}. Give the certificate and the authority that belong together`;
  } catch {
    return `${trusted.name} is unreadable. Correct it`;
  }
}
