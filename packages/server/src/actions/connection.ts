/** How to reach a database: its endpoints, and with `reveal` the passwords, read from their Secrets for this one answer. */
import { type Client, type KubeSecret, kinds } from "@keelson/kube";
import type { Connection, Credentials, Endpoint } from "../api/views.ts";
import type { DatabaseKey } from "../fleet/fleet.ts";
import { defined } from "../model/defined.ts";
import { nameOf, type Observed } from "../model/observed.ts";

const POSTGRES_PORT = 5432;

/** The connection panel's content. */
export async function connectionOf(
  client: Client,
  observed: Observed,
  key: DatabaseKey,
  reveal: boolean,
): Promise<Connection> {
  const endpoints = endpointsOf(observed, key);
  const users = await Promise.all(
    usersOf(observed, key).map(async (user) => {
      const base = { user: user.name, secret: user.secret };
      // Without reveal, nothing of the Secret is read.
      if (!reveal) {
        const uris = urisOf(endpoints, { user: user.name, database: user.database });
        return { ...base, uris, ...defined({ database: user.database }) };
      }
      const secret = await client.get(kinds.Secret, { namespace: key.namespace, name: user.secret });
      return { ...base, ...revealed(secret, endpoints, user) };
    }),
  );
  return { endpoints, users, tls: true, revealed: reveal };
}

interface User {
  readonly name: string;
  readonly secret: string;
  readonly database: string | undefined;
}

/** The users of the manifest; without any, the operator makes one that is named like the database. */
function usersOf({ cluster }: Observed, key: DatabaseKey): User[] {
  const listed = cluster.spec?.users ?? [];
  if (listed.length === 0) return [{ name: key.name, secret: `${key.name}-pguser-${key.name}`, database: key.name }];
  return listed.map((user) => ({
    name: user.name,
    secret: user.secretName ?? `${key.name}-pguser-${user.name}`,
    database: user.databases?.[0],
  }));
}

/** Poolers first: that is what applications should use. */
export function endpointsOf({ cluster, services }: Observed, key: DatabaseKey): Endpoint[] {
  const port = cluster.spec?.port ?? POSTGRES_PORT;
  const external = (service: string) => externalOf(services.find((one) => nameOf(one) === service));
  const host = (service: string) => `${service}.${key.namespace}.svc`;
  const pooled = cluster.spec?.proxy?.pgBouncer !== undefined && cluster.spec.proxy.pgBouncer.replicas !== 0;
  const replicated = (cluster.spec?.instances ?? []).some((set) => (set.replicas ?? 1) > 1);
  const all: (Endpoint | undefined)[] = [
    pooled
      ? {
          id: "pooler",
          title: "Pooler",
          use: "For applications: many connections, writes go to the primary.",
          host: host(`${key.name}-pgbouncer`),
          port: cluster.spec?.proxy?.pgBouncer?.port ?? POSTGRES_PORT,
          ...defined({ external: external(`${key.name}-pgbouncer`) }),
        }
      : undefined,
    {
      id: "primary",
      title: "Primary",
      use: "Straight to the primary: migrations, replication, session features.",
      host: host(`${key.name}-primary`),
      port,
      ...defined({ external: external(`${key.name}-ha`) }),
    },
    replicated
      ? {
          id: "replicas",
          title: "Replicas",
          use: "Read only; may be a moment behind.",
          host: host(`${key.name}-replicas`),
          port,
          ...defined({ external: external(`${key.name}-replicas`) }),
        }
      : undefined,
  ];
  return all.filter((endpoint) => endpoint !== undefined);
}

function externalOf(service: Observed["services"][number] | undefined): Endpoint["external"] {
  const ingress = service?.status?.loadBalancer?.ingress?.at(-1);
  const host = ingress?.hostname ?? ingress?.ip;
  return host === undefined ? undefined : { host, port: service?.spec?.ports?.[0]?.port ?? POSTGRES_PORT };
}

function revealed(
  secret: KubeSecret | undefined,
  endpoints: readonly Endpoint[],
  user: User,
): Omit<Credentials, "user" | "secret"> {
  const read = (key: string) => {
    const value = secret?.data?.[key];
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
  };
  const password = read("password");
  const database = read("dbname") ?? user.database;
  return { uris: urisOf(endpoints, { user: user.name, password, database }), ...defined({ password, database }) };
}

/** The connection URI of each endpoint, and of its address outside as `ID-external` (PostgreSQL manual, 34.1.1.2). */
export function urisOf(
  endpoints: readonly Endpoint[],
  login: { readonly user: string; readonly password?: string | undefined; readonly database: string | undefined },
): Record<string, string> {
  const secret = login.password === undefined ? "" : `:${encodeURIComponent(login.password)}`;
  const uri = ({ host, port }: { host: string; port: number }) =>
    `postgresql://${encodeURIComponent(login.user)}${secret}@${host}:${port}/${encodeURIComponent(login.database ?? "postgres")}?sslmode=require`;
  return Object.fromEntries(
    endpoints.flatMap((endpoint) => [
      [endpoint.id, uri(endpoint)],
      ...(endpoint.external === undefined ? [] : [[`${endpoint.id}-external`, uri(endpoint.external)]]),
    ]),
  );
}
