/** What decisions need to know of a certificate. */
import { createPrivateKey, X509Certificate } from "node:crypto";

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
  /** Whether this certificate was signed with the key of the other one. */
  isSignedBy(authority: CertificateFacts): boolean;
  readonly x509: X509Certificate;
}

/** Undefined when the certificate or the key can not be read, or they do not belong together. */
export function readKeyPair(pair: KeyPair | undefined): CertificateFacts | undefined {
  if (pair === undefined) return undefined;
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
  return {
    commonName: /^CN=(.*)$/m.exec(x509.subject)?.[1] ?? "",
    dnsNames: dnsNames(x509.subjectAltName),
    notBefore: x509.validFromDate.getTime(),
    notAfter: x509.validToDate.getTime(),
    isSignedBy: (authority) => x509.checkIssued(authority.x509) && x509.verify(authority.x509.publicKey),
    x509,
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
