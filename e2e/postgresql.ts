/** What the PostgreSQL scenarios share: manifests, and how to connect from the host. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Namespace } from "./namespace.ts";
import { root } from "./platform.ts";
import { until } from "./until.ts";

/** A manifest of the PostgreSQL guide, by its file's name without the ending. */
export function example(name: string): string {
  return readFileSync(join(root, "docs/examples/postgresql", `${name}.yaml`), "utf8");
}

/** A PerconaPGCluster, small and reachable from the host. `spec` is merged over it, field by field. */
export function clusterManifest(
  name: string,
  options: { readonly instances?: number; readonly poolers?: number; readonly spec?: object } = {},
): string {
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  return JSON.stringify({
    apiVersion: "pgv2.percona.com/v2",
    kind: "PerconaPGCluster",
    metadata: { name },
    spec: {
      crVersion: "3.1.0",
      postgresVersion: 17,
      expose: { type: "LoadBalancer" },
      instances: [{ name: "instance1", replicas: options.instances ?? 3, dataVolumeClaimSpec: claim }],
      proxy: { pgBouncer: { replicas: options.poolers ?? 1 } },
      backups: { pgbackrest: { repos: [{ name: "repo1", volume: { volumeClaimSpec: claim } }] } },
      ...options.spec,
    },
  });
}

/** A URI for the application user, to the host's address of a Service of type LoadBalancer, by default the primary's. */
export async function connectionString(
  space: Namespace,
  name: string,
  { service = `${name}-ha`, user = name }: { readonly service?: string; readonly user?: string } = {},
): Promise<string> {
  const address = await until(`an address of ${service}`, 30_000, async () => {
    const path = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    const ip = await space.kubectl("get", "service", service, "-o", path);
    return ip !== "" && ip;
  });
  const secret = await space.secret(`${name}-pguser-${user}`);
  const field = (key: string): string => encodeURIComponent(secret[key] ?? "");
  return `postgresql://${field("user")}:${field("password")}@${address}:5432/${field("dbname")}?sslmode=require`;
}
