/** `tls.certManagementPolicy: userProvidedOnly`: every certificate is the user's, in Secrets of the contract's names. Nothing is written. */
import type { PgCluster } from "../cluster/model.ts";
import * as names from "../cluster/names.ts";

type Texts = Readonly<Record<string, string>>;

export interface WantedSecret {
  readonly name: string;
  readonly keys: readonly string[];
}

/** The Secrets that pods read certificates from. `copied` are those that come from Secrets which the specification names. */
export function secretsOfUser(
  c: PgCluster,
  instances: readonly string[],
  copied: ReadonlyMap<string, Texts>,
): WantedSecret[] {
  const connection = ["tls.crt", "tls.key", "ca.crt"];
  return [
    ...(copied.has("server") ? [] : [{ name: names.serverSecret(c), keys: connection }]),
    ...(copied.has("replication") ? [] : [{ name: names.replicationSecret(c), keys: connection }]),
    ...(c.backups.enabled
      ? [
          {
            name: names.backupSecret(c),
            keys: [
              "pgbackrest.ca-roots",
              "pgbackrest-client.crt",
              "pgbackrest-client.key",
              "pgbackrest-repo-host.crt",
              "pgbackrest-repo-host.key",
            ],
          },
        ]
      : []),
    ...instances.map((i) => ({
      name: names.instanceSecret(i),
      keys: [
        "patroni.ca-roots",
        "patroni.crt-combined",
        ...(c.backups.enabled ? ["pgbackrest-server.crt", "pgbackrest-server.key"] : []),
      ],
    })),
  ];
}

/** What is missing, a phrase for each Secret, such as `orders-cluster-cert (ca.crt)`. */
export function missingSecrets(wanted: readonly WantedSecret[], found: (name: string) => Texts | undefined): string[] {
  return wanted.flatMap(({ name, keys }) => {
    const texts = found(name);
    const missing = keys.filter((key) => (texts?.[key] ?? "") === "");
    return missing.length === 0 ? [] : [`${name} (${missing.join(", ")})`];
  });
}
