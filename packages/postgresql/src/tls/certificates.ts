/** Certificates of a cluster: which there should be, and the Secrets that hold them. */
import {
  type Authority,
  authorityFromTexts,
  authorityTexts,
  bundle,
  type CertificateState,
  type IssuedCertificates,
  type KeyPair,
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
  provided: Authority | undefined,
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

/** The pair of these two keys; undefined when one of them is missing. */
export const pair = (
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
 * of the user's by the leaf that they stand for. Servers and their clients trust the authorities of those too; Patroni and pgBackRest
 * meet none of them, and whoever they trust may command them.
 */
export function certificateSecrets(
  c: PgCluster,
  instances: readonly string[],
  issued: IssuedCertificates,
  given: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(),
): KubeSecret[] {
  const own = trustBundle(issued.authority);
  const connections = bundle(own, given.get("server")?.["ca.crt"], given.get("replication")?.["ca.crt"]);
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
      "ca.crt": connections,
    }),
    opaque(unowned(c, names.replicationSecret(c), { ...labels, [label.certificate]: "replication-client-tls" }), {
      "tls.crt": replication.certificate,
      "tls.key": replication.key,
      "ca.crt": connections,
    }),
  ];
  if (c.backups.enabled) {
    const [client, host] = [leaf("backup-client"), leaf("repo-host")];
    secrets.push(
      opaque(unowned(c, names.backupSecret(c), { ...labels, [label.backup]: "" }), {
        "pgbackrest.ca-roots": own,
        "pgbackrest-client.crt": client.certificate,
        "pgbackrest-client.key": client.key,
        "pgbackrest-repo-host.crt": host.certificate,
        "pgbackrest-repo-host.key": host.key,
      }),
    );
  }
  for (const i of instances) {
    const instance = leaf(`instance/${i}`);
    secrets.push(
      opaque(
        unowned(c, names.instanceSecret(i), {
          ...clusterLabels(c, "pg"),
          [label.instance]: i,
          [label.certificate]: "instance",
        }),
        {
          "dns.crt": instance.certificate,
          "dns.key": instance.key,
          "patroni.ca-roots": own,
          "patroni.crt-combined": `${instance.key}${instance.certificate}`,
          "pgbackrest-server.crt": instance.certificate,
          "pgbackrest-server.key": instance.key,
        },
      ),
    );
  }
  return secrets;
}
