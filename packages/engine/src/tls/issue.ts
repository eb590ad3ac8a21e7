/** Makes keys and certificates. ECDSA P-256 with SHA-256, PKCS #8, PEM. */
import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import type { JsonGeneralNames } from "@peculiar/x509";
import { certificateFacts, type KeyPair } from "./certificate.ts";
import { CLOCK_SKEW_MS } from "./wanted.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

interface Validity {
  readonly now: number;
  readonly validityMs: number;
}

/** A self-signed authority that may sign leafs only. */
export async function issueAuthority(commonName: string, { now, validityMs }: Validity): Promise<KeyPair> {
  const x509 = await library();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(now + validityMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: withNewline(certificate.toString("pem")), key: await exportKey(keys.privateKey) };
}

/** A certificate for servers and clients, signed by the authority. It never outlives its authority. */
export async function issueLeaf(
  subject: { readonly commonName: string; readonly dnsNames: readonly string[] },
  authority: KeyPair,
  { now, validityMs }: Validity,
): Promise<KeyPair> {
  const x509 = await library();
  const keys = await newKeys();
  const issuer = new x509.X509Certificate(authority.certificate);
  const signing = await importSigningKey(authority.key);
  const names: JsonGeneralNames = [...new Set(subject.dnsNames)].toSorted().map((value) => ({ type: "dns", value }));
  const end = Math.min(now + validityMs, certificateFacts(authority.certificate).notAfter);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [subject.commonName] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: signing.key,
    signingAlgorithm: signing.algorithm,
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(end),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: withNewline(certificate.toString("pem")), key: await exportKey(keys.privateKey) };
}

/** Loaded when the first certificate is made: most runs of an operator make none. */
async function library(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  x509.cryptoProvider.set(webcrypto);
  return x509;
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

interface SigningKey {
  readonly key: webcrypto.CryptoKey;
  readonly algorithm: { readonly name: string; readonly hash: string; readonly namedCurve?: string };
}

/** The key of an authority: ours, or a user's in any form that OpenSSL writes (EC or RSA). */
async function importSigningKey(pemText: string): Promise<SigningKey> {
  const key = createPrivateKey(pemText);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const algorithm =
    key.asymmetricKeyType === "rsa"
      ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
      : {
          name: "ECDSA",
          hash: "SHA-256",
          namedCurve: curve === "secp384r1" ? "P-384" : curve === "secp521r1" ? "P-521" : "P-256",
        };
  const der = key.export({ format: "der", type: "pkcs8" });
  return { key: await webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]), algorithm };
}

/** 127 random bits: positive in every reading. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
