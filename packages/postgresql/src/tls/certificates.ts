/** Certificates of a cluster: which there should be, and the Secrets that hold them. */
import {
  type AuthorityState,
  authorityFromTexts,
  authorityTexts,
  bundle,
  type CertificateState,
  certificateFacts,
  type IssuedCertificates,
  type KeyPair,
  readKeyPair,
  secretData,
  secretTexts,
  trustBundle,
  type WantedCertificates,
  type WantedLeaf,
} from "@keelson/engine";
import type { KubeSecret } from "@keelson/kube";
import { backupClientName } from "../backup/pgbackrest-config.ts";
import { clusterLabels, label } from "../cluster/labels.ts";
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { meta, unowned } from "../cluster/objects.ts";
import { REPLICATION_USER } from "../ha/dynamic-config.ts";

export type SecretLookup = (name: string) => Readonly<Record<string, string>> | undefined;

/** Every way in which a host of this namespace is written, shortest first. */
export function hostNames(c: PgCluster, host: string): string[] {
  return [host, `${host}.${c.namespace}`, `${host}.${c.namespace}.svc`, `${host}.${c.namespace}.svc.${c.dnsSuffix}`];
}

const podNames = (c: PgCluster, pod: string): string[] => hostNames(c, `${pod}.${names.podService(c)}`);

/** Certificates that the operator makes; the user's own take the place of the server's and the replication's. */
export function wantedCertificates(
  c: PgCluster,
  instances: readonly string[],
  provided: KeyPair | undefined,
): WantedCertificates {
  const validityMs = c.tls.certDays * 86_400_000;
  const leaf = (name: string, commonName: string, dnsNames: string[]): WantedLeaf => ({
    name,
    commonName,
    dnsNames,
    validityMs,
  });
  return {
    authority: { commonName: `${c.name}-ca`, ...(provided === undefined ? {} : { provided }) },
    leafs: [
      leaf("server", `${c.name}-postgres`, [
        ...[names.primaryService(c), names.haService(c), names.replicaService(c)].flatMap((host) => hostNames(c, host)),
        ...podNames(c, "*"),
        "localhost",
      ]),
      leaf("replication", REPLICATION_USER, []),
      ...(c.backups.enabled
        ? [
            leaf("backup-client", backupClientName(c), []),
            leaf("repo-host", names.repoHost(c), podNames(c, names.repoHostPod(c))),
          ]
        : []),
      ...(c.pooler === undefined ? [] : [leaf("pooler", names.pooler(c), hostNames(c, names.pooler(c)))]),
      ...instances.map((i) =>
        leaf(`instance/${i}`, names.instancePod(i), [...podNames(c, names.instancePod(i)), "localhost"]),
      ),
    ],
  };
}

const pair = (
  texts: Readonly<Record<string, string>> | undefined,
  certificate: string,
  key: string,
): KeyPair | undefined => {
  const [crt, pem] = [texts?.[certificate], texts?.[key]];
  return crt === undefined || pem === undefined || crt === "" || pem === ""
    ? undefined
    : { certificate: crt, key: pem };
};

/** What the Secrets hold now. */
export function certificateState(c: PgCluster, instances: readonly string[], secret: SecretLookup): CertificateState {
  const leafs: Record<string, KeyPair> = {};
  const put = (name: string, value: KeyPair | undefined): void => {
    if (value !== undefined) leafs[name] = value;
  };
  put("server", pair(secret(names.serverSecret(c)), "tls.crt", "tls.key"));
  put("replication", pair(secret(names.replicationSecret(c)), "tls.crt", "tls.key"));
  const backup = secret(names.backupSecret(c));
  put("backup-client", pair(backup, "pgbackrest-client.crt", "pgbackrest-client.key"));
  put("repo-host", pair(backup, "pgbackrest-repo-host.crt", "pgbackrest-repo-host.key"));
  put("pooler", pair(secret(names.poolerSecret(c)), "pgbouncer-frontend.crt", "pgbouncer-frontend.key"));
  for (const i of instances) put(`instance/${i}`, pair(secret(names.instanceSecret(i)), "dns.crt", "dns.key"));
  const authority = authorityFromTexts(secret(names.caSecret(c)) ?? {});
  return { authority, leafs };
}

const opaque = (metadata: KubeSecret["metadata"], texts: Record<string, string>): KubeSecret => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "Opaque",
  ...(metadata === undefined ? {} : { metadata }),
  data: secretData(texts),
});

/** Reads a Secret's texts. */
export const textsOf = (secret: KubeSecret | undefined): Record<string, string> | undefined =>
  secret === undefined ? undefined : secretTexts(secret.data);

/**
 * Secrets that hold nothing but certificates, the authority first: the others are worth nothing without it. `given` are certificates
 * of the user's by the leaf that they stand for; whoever meets them must trust their authority too.
 */
export function certificateSecrets(
  c: PgCluster,
  instances: readonly string[],
  issued: IssuedCertificates,
  given: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(),
): KubeSecret[] {
  const trust = bundle(trustBundle(issued.authority), ...[...given.values()].map((texts) => texts["ca.crt"]));
  const labels = clusterLabels(c);
  const leaf = (name: string): KeyPair =>
    pair(given.get(name), "tls.crt", "tls.key") ?? issued.leafs[name] ?? { certificate: "", key: "" };
  const server = leaf("server");
  const replication = leaf("replication");
  const secrets = [
    opaque(meta(c, names.caSecret(c), labels), authorityTexts(issued.authority)),
    opaque(unowned(c, names.serverSecret(c), { ...labels, [label.certificate]: "postgres-tls" }), {
      "tls.crt": server.certificate,
      "tls.key": server.key,
      "ca.crt": trust,
    }),
    opaque(unowned(c, names.replicationSecret(c), { ...labels, [label.certificate]: "replication-client-tls" }), {
      "tls.crt": replication.certificate,
      "tls.key": replication.key,
      "ca.crt": trust,
    }),
  ];
  if (c.backups.enabled) {
    const [client, host] = [leaf("backup-client"), leaf("repo-host")];
    secrets.push(
      opaque(unowned(c, names.backupSecret(c), { ...labels, [label.backup]: "" }), {
        "pgbackrest.ca-roots": trust,
        "pgbackrest-client.crt": client.certificate,
        "pgbackrest-client.key": client.key,
        "pgbackrest-repo-host.crt": host.certificate,
        "pgbackrest-repo-host.key": host.key,
      }),
    );
  }
  for (const i of instances) {
    const own = leaf(`instance/${i}`);
    secrets.push(
      opaque(
        unowned(c, names.instanceSecret(i), {
          ...clusterLabels(c, "pg"),
          [label.instance]: i,
          [label.certificate]: "instance",
        }),
        {
          "dns.crt": own.certificate,
          "dns.key": own.key,
          "patroni.ca-roots": trust,
          "patroni.crt-combined": `${own.key}${own.certificate}`,
          "pgbackrest-server.crt": own.certificate,
          "pgbackrest-server.key": own.key,
        },
      ),
    );
  }
  return secrets;
}

/** Keys of a Secret with a certificate. */
export interface CertificateKeys {
  readonly certificate: string;
  readonly key: string;
  /** Key of the authority's certificate, when it has to be there. */
  readonly authority?: string;
}

/** What is wrong with a certificate Secret of the user's, as a sentence; undefined when it can be used. */
export function certificateProblem(
  texts: Readonly<Record<string, string>> | undefined,
  keys: CertificateKeys,
  now: number,
): string | undefined {
  if (texts === undefined) return "the Secret does not exist";
  const wanted = [keys.certificate, keys.key, ...(keys.authority === undefined ? [] : [keys.authority])];
  const missing = wanted.filter((key) => (texts[key] ?? "") === "");
  if (missing.length > 0) return `the Secret has no ${missing.join(", ")}`;
  const facts = readKeyPair({ certificate: texts[keys.certificate] ?? "", key: texts[keys.key] ?? "" });
  if (facts === undefined) return `${keys.certificate} and ${keys.key} are unreadable or do not belong together`;
  if (facts.notAfter <= now) return `${keys.certificate} has expired`;
  if (keys.authority !== undefined) {
    try {
      if (!facts.isSignedBy(certificateFacts(texts[keys.authority] ?? "")))
        return `${keys.certificate} is not signed by ${keys.authority}`;
    } catch {
      return `${keys.authority} is unreadable`;
    }
  }
  return undefined;
}

export type { AuthorityState };
