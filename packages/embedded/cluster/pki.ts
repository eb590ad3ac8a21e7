import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { writeDurably } from "./durable-file.ts";
import { kubeconfig } from "./kubeconfig.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;
/**
 * Days. A program reads its certificate when it starts, and may run for years. A long life gives nothing away: the file lies beside the
 * CA's key, for root alone.
 */
const programDays = 5 * 365;
/** Days. A copy of the administrator's kubeconfig cannot be taken back; and its file is read at each use, so renewing it needs no start. */
const adminDays = 365;

/** A client of the API server: its user name and groups are in the subject of its certificate. */
interface Identity {
  readonly file: string;
  readonly user: string;
  readonly group?: string;
  /** For how long its certificate is valid. */
  readonly days: number;
}

/** Names and addresses that the API server's certificate is valid for. */
const apiServerNames: x509.JsonGeneralName[] = [
  { type: "dns", value: "kubernetes" },
  { type: "dns", value: "kubernetes.default" },
  { type: "dns", value: "kubernetes.default.svc" },
  { type: "dns", value: "kubernetes.default.svc.cluster.local" },
  { type: "dns", value: "localhost" },
  { type: "ip", value: "127.0.0.1" },
  { type: "ip", value: "10.96.0.1" },
  { type: "ip", value: "10.95.0.1" },
];

/**
 * Makes what is missing of the cluster's certificates, keys and kubeconfigs in `directory`, and anew what has had a third of its life;
 * leaves the rest as it is, so that a running client keeps its trust over restarts. Called while the cluster runs, too.
 */
export async function ensurePki(options: {
  readonly directory: string;
  readonly apiPort: number;
  readonly nodes: readonly string[];
  readonly now: Date;
}): Promise<void> {
  const { directory, now } = options;
  x509.cryptoProvider.set(webcrypto);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const ca = await ensureAuthority(directory, now);
  await ensureServerCertificate(directory, ca, now);
  await ensureTokenKey(directory);
  const server = `https://127.0.0.1:${options.apiPort}`;
  const identities: Identity[] = [
    { file: "admin", user: "admin", group: "system:masters", days: adminDays },
    { file: "controllers", user: "system:kube-controller-manager", group: "system:masters", days: programDays },
    { file: "operator", user: "keelson-operator", days: programDays },
    { file: "server", user: "keelson-server", days: programDays },
    ...options.nodes.map((name) => {
      return { file: name, user: `system:node:${name}`, group: "system:nodes", days: programDays };
    }),
  ];
  for (const identity of identities) await ensureKubeconfig(directory, ca, identity, server, now);
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}

async function ensureAuthority(directory: string, now: Date): Promise<Authority> {
  const certificateFile = join(directory, "ca.crt");
  const keyFile = join(directory, "ca.key");
  if (existsSync(certificateFile) && existsSync(keyFile)) {
    const certificate = new x509.X509Certificate(readFileSync(certificateFile, "utf8"));
    return { certificate, key: await importKey(readFileSync(keyFile, "utf8")) };
  }
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=keelson-embedded",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(now.getTime() + 3650 * dayMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  writeDurably(keyFile, await exportKey(keys.privateKey));
  writeDurably(certificateFile, `${certificate.toString("pem")}\n`);
  return { certificate, key: keys.privateKey };
}

async function ensureServerCertificate(directory: string, ca: Authority, now: Date): Promise<void> {
  const file = join(directory, "apiserver.crt");
  if (existsSync(file) && isFresh(readFileSync(file, "utf8"), programDays, now)) return;
  const leaf = await issue(ca, { subject: "CN=kube-apiserver", days: programDays }, now, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    new x509.SubjectAlternativeNameExtension(apiServerNames),
  ]);
  writeDurably(join(directory, "apiserver.key"), leaf.key);
  writeDurably(file, leaf.certificate);
}

/** The key that signs service-account tokens. It is never renewed: tokens of running pods would end with it. */
async function ensureTokenKey(directory: string): Promise<void> {
  const file = join(directory, "sa.key");
  if (existsSync(file)) return;
  const pem = await exportKey((await newKeys()).privateKey);
  writeDurably(
    join(directory, "sa.pub"),
    createPublicKey(createPrivateKey(pem)).export({ type: "spki", format: "pem" }) as string,
  );
  writeDurably(file, pem);
}

async function ensureKubeconfig(
  directory: string,
  ca: Authority,
  identity: Identity,
  server: string,
  now: Date,
): Promise<void> {
  const file = join(directory, `${identity.file}.kubeconfig`);
  if (existsSync(file)) {
    const text = readFileSync(file, "utf8");
    const certificate = /client-certificate-data: (\S+)/.exec(text)?.[1];
    const sameServer = text.includes(`server: ${server}\n`);
    const pem = Buffer.from(certificate ?? "", "base64").toString();
    if (sameServer && certificate !== undefined && isFresh(pem, identity.days, now)) return;
  }
  const group = identity.group === undefined ? "" : `, O=${identity.group}`;
  const leaf = await issue(ca, { subject: `CN=${identity.user}${group}`, days: identity.days }, now, [
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
  ]);
  writeDurably(
    file,
    kubeconfig({
      server,
      ca: ca.certificate.toString("pem"),
      user: identity.file,
      certificate: leaf.certificate,
      key: leaf.key,
    }),
  );
}

async function issue(
  ca: Authority,
  { subject, days }: { readonly subject: string; readonly days: number },
  now: Date,
  extensions: x509.Extension[],
): Promise<{ certificate: string; key: string }> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject,
    issuer: ca.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: ca.key,
    signingAlgorithm: algorithm,
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(now.getTime() + days * dayMs),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate),
      ...extensions,
    ],
  });
  return { certificate: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

/** True while more than two thirds are left of the days that a new one would get. */
function isFresh(pem: string, days: number, now: Date): boolean {
  return new x509.X509Certificate(pem).notAfter.getTime() - now.getTime() > (days * dayMs * 2) / 3;
}

function newKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function exportKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
    type: "pkcs8",
    format: "pem",
  }) as string;
}

function importKey(pem: string): Promise<CryptoKey> {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
}

/** A positive serial number of 16 bytes (RFC 5280, 4.1.2.2). */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
