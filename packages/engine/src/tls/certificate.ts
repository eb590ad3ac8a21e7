/** What decisions need to know of a certificate. */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";

/** A certificate and its private key, both as PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What decisions need to know of a certificate. Times in milliseconds since 1970. */
export interface CertificateFacts {
  readonly commonName: string;
  /** Sorted DNS names of the subject alternative name. */
  readonly dnsNames: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
  /** Whether this certificate was signed with the key of the other one. */
  isSignedBy(authority: CertificateFacts): boolean;
  /** Read anew each time that it is asked for: it takes more memory than the text. */
  readonly x509: X509Certificate;
}

/** How many pairs are remembered: those of some two hundred clusters. */
const REMEMBERED = 2_000;
/** What was read of a pair, by the digest of its texts: reading takes a millisecond, and every pass of every cluster reads all of its own. */
const remembered = new Map<string, CertificateFacts | undefined>();

/** Undefined when the certificate or the key can not be read, or they do not belong together. */
export function readKeyPair(pair: KeyPair | undefined): CertificateFacts | undefined {
  if (pair === undefined) return undefined;
  const digest = createHash("sha256").update(`${pair.certificate}\0${pair.key}`).digest("base64");
  if (remembered.has(digest)) return remembered.get(digest);
  const facts = readAnew(pair);
  const [oldest] = remembered.keys();
  if (remembered.size >= REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.set(digest, facts);
  return facts;
}

function readAnew(pair: KeyPair): CertificateFacts | undefined {
  try {
    const facts = certificateFacts(pair.certificate);
    return facts.x509.checkPrivateKey(createPrivateKey(pair.key)) ? facts : undefined;
  } catch {
    return undefined;
  }
}

/** Facts of the first certificate of a PEM text. Throws when there is none. */
export function certificateFacts(pem: string): CertificateFacts {
  const x509 = new X509Certificate(pem);
  /** The authority that was asked about last, and the answer. */
  let asked: { readonly authority: string; readonly answer: boolean } | undefined;
  return {
    commonName: /^CN=(.*)$/m.exec(x509.subject)?.[1] ?? "",
    dnsNames: dnsNames(x509.subjectAltName),
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    fingerprint: x509.fingerprint256,
    isSignedBy: (authority) => {
      if (asked?.authority === authority.fingerprint) return asked.answer;
      const own = new X509Certificate(pem);
      const answer = own.checkIssued(authority.x509) && own.verify(authority.x509.publicKey);
      asked = { authority: authority.fingerprint, answer };
      return answer;
    },
    get x509() {
      return new X509Certificate(pem);
    },
  };
}

function dnsNames(subjectAltName: string | undefined): string[] {
  return (subjectAltName ?? "")
    .split(", ")
    .filter((entry) => entry.startsWith("DNS:"))
    .map((entry) => entry.slice("DNS:".length))
    .toSorted();
}

/** The certificates of PEM texts as one bundle: each once, in the order of their first appearance. */
export function bundle(...texts: readonly (string | undefined)[]): string {
  const found = texts.flatMap(
    (text) => text?.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [],
  );
  return [...new Set(found)].map((pem) => `${pem}\n`).join("");
}
