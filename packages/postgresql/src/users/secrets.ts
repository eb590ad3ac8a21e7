/** Secrets of users and of the pooler. */
import { generatePassword, type RandomBytes, resolveCredentials, secretData } from "@keelson/engine";
import type { KubeSecret } from "@keelson/kube";
import { clusterLabels, label } from "../cluster/labels.ts";
import type { PgCluster, User } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";
import { unowned } from "../cluster/objects.ts";
import { POOLER_USER } from "../ha/dynamic-config.ts";
import { POOLER_ADMIN } from "../pooler/pgbouncer-ini.ts";

type Texts = Readonly<Record<string, string>>;

/** Connection strings of the contract. */
export function connectionTexts(c: PgCluster, user: User, password: string): Record<string, string> {
  const host = `${names.primaryService(c)}.${c.namespace}.svc`;
  const poolerHost = `${names.pooler(c)}.${c.namespace}.svc`;
  const base = { host, port: String(c.port) };
  const pooled =
    c.pooler === undefined ? {} : { "pgbouncer-host": poolerHost, "pgbouncer-port": String(c.pooler.port) };
  const dbname = user.databases[0];
  if (dbname === undefined) return { ...base, ...pooled };
  const uri = (h: string, p: number): string =>
    `postgresql://${encodeURIComponent(user.name)}:${encodeURIComponent(password)}@${h}:${p}/${encodeURIComponent(dbname)}`;
  const jdbc = (h: string, p: number, more = ""): string =>
    `jdbc:postgresql://${h}:${p}/${encodeURIComponent(dbname)}?password=${encodeURIComponent(password)}${more}&user=${encodeURIComponent(user.name)}`;
  return {
    ...base,
    dbname,
    uri: uri(host, c.port),
    "jdbc-uri": jdbc(host, c.port),
    ...pooled,
    ...(c.pooler === undefined
      ? {}
      : {
          "pgbouncer-uri": uri(poolerHost, c.pooler.port),
          "pgbouncer-jdbc-uri": jdbc(poolerHost, c.pooler.port, "&prepareThreshold=0"),
        }),
  };
}

/** A user's Secret. `existing` are its texts now, whoever wrote them. */
export function userSecret(c: PgCluster, user: User, existing: Texts | undefined, random: RandomBytes): KubeSecret {
  const { password, verifier } = resolveCredentials(
    { password: existing?.["password"], verifier: existing?.["verifier"] },
    user.passwordType,
    random,
  );
  return {
    apiVersion: "v1",
    kind: "Secret",
    // No type: one that the user made has its own for good, and may be another than Opaque.
    metadata: unowned(c, user.secretName, { ...clusterLabels(c), [label.role]: "pguser", [label.user]: user.name }),
    data: secretData({ user: user.name, password, verifier, ...connectionTexts(c, user, password) }),
  };
}

const quoteUsersFile = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** The pooler's Secret: its own credentials, the certificate that clients see, and users that are not looked up. */
export function poolerSecret(
  c: PgCluster,
  existing: Texts | undefined,
  from: {
    /** The certificate that clients see: `tls.crt`, `tls.key` and `ca.crt`, all of one source. */
    readonly frontend: Texts | undefined;
    readonly users: Texts;
    readonly random: RandomBytes;
  },
): KubeSecret | undefined {
  if (c.pooler === undefined) return undefined;
  const { frontend, users, random } = from;
  const own = resolveCredentials(
    { password: existing?.["pgbouncer-password"], verifier: existing?.["pgbouncer-verifier"] },
    "AlphaNumeric",
    random,
  );
  const admin = existing?.["pgbouncer-admin-password"] || generatePassword("AlphaNumeric", random);
  const lines = [[POOLER_USER, own.password], [POOLER_ADMIN, admin], ...Object.entries(users)].map(
    ([name = "", password = ""]) => `${quoteUsersFile(name)} ${quoteUsersFile(password)}\n`,
  );
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: unowned(c, names.poolerSecret(c), { ...clusterLabels(c, "pgbouncer"), [label.role]: "pgbouncer" }),
    data: secretData({
      "pgbouncer-users.txt": lines.join(""),
      "pgbouncer-password": own.password,
      "pgbouncer-verifier": own.verifier,
      "pgbouncer-admin-password": admin,
      "pgbouncer-frontend.ca-roots": frontend?.["ca.crt"] ?? existing?.["pgbouncer-frontend.ca-roots"] ?? "",
      "pgbouncer-frontend.crt": frontend?.["tls.crt"] ?? existing?.["pgbouncer-frontend.crt"] ?? "",
      "pgbouncer-frontend.key": frontend?.["tls.key"] ?? existing?.["pgbouncer-frontend.key"] ?? "",
    }),
  };
}
