/** What the PostgreSQL scenarios share: the cluster's manifest, waiting for states, finding the primary, how to connect. */

import type { Kubernetes } from "./platform.ts";
import { until } from "./until.ts";

/** As much of a PerconaPGCluster as the scenarios look at. */
interface ClusterView {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly state?: string;
    readonly host?: string;
    readonly observedGeneration?: number;
    readonly postgres?: { readonly size?: number; readonly ready?: number };
    readonly pgbouncer?: { readonly size?: number; readonly ready?: number };
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
    }[];
  };
}

/** A PerconaPGCluster in the default namespace, small and reachable from the host. `spec` is merged over it, field by field. */
export function clusterManifest(
  name: string,
  options: { readonly instances?: number; readonly poolers?: number; readonly spec?: object } = {},
): string {
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
  return JSON.stringify({
    apiVersion: "pgv2.percona.com/v2",
    kind: "PerconaPGCluster",
    metadata: { name, namespace: "default" },
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

export async function getCluster(platform: Kubernetes, name: string): Promise<ClusterView> {
  return JSON.parse(await platform.kubectl(["get", "pg", name, "-o", "json"])) as ClusterView;
}

/** Waits until the operator has seen the newest manifest and calls the cluster ready, with all its instances. */
export function untilReady(platform: Kubernetes, name: string, limitMs = 180_000): Promise<ClusterView> {
  return until(`cluster ${name} ready`, limitMs, async () => {
    const cluster = await getCluster(platform, name);
    const { status } = cluster;
    if (
      status?.state === "ready" &&
      status.postgres?.ready === status.postgres?.size &&
      (status.postgres?.size ?? 0) > 0
    )
      return cluster;
    throw new Error(JSON.stringify(status ?? "no status"));
  });
}

/** The pod that Patroni labels as the primary. */
export async function primaryPod(platform: Kubernetes, name: string): Promise<string> {
  const selector = `postgres-operator.crunchydata.com/cluster=${name},postgres-operator.crunchydata.com/role=primary`;
  const pods = (await platform.kubectl(["get", "pods", "-l", selector, "-o", "name"]))
    .trim()
    .split("\n")
    .filter((line) => line !== "");
  const [only] = pods;
  if (only === undefined || pods.length !== 1) throw new Error(`${pods.length} pods are labelled primary`);
  return only.replace("pod/", "");
}

/** The pods of all instances, sorted. */
export async function instancePods(platform: Kubernetes, name: string): Promise<string[]> {
  const selector = `postgres-operator.crunchydata.com/cluster=${name},postgres-operator.crunchydata.com/data=postgres`;
  return (await platform.kubectl(["get", "pods", "-l", selector, "-o", "name"]))
    .trim()
    .split("\n")
    .map((line) => line.replace("pod/", ""))
    .sort();
}

/** A URI for the application user, to the primary's address on the host. */
export async function connectionString(platform: Kubernetes, name: string, user = name): Promise<string> {
  const address = await until("an address of the primary", 30_000, async () => {
    const ip = await platform.kubectl([
      "get",
      "service",
      `${name}-ha`,
      "-o",
      "jsonpath={.status.loadBalancer.ingress[0].ip}",
    ]);
    return ip === "" ? undefined : ip;
  });
  const secret = JSON.parse(await platform.kubectl(["get", "secret", `${name}-pguser-${user}`, "-o", "json"])) as {
    data: Record<string, string>;
  };
  const field = (key: string): string => encodeURIComponent(Buffer.from(secret.data[key] ?? "", "base64").toString());
  return `postgresql://${field("user")}:${field("password")}@${address}:5432/${field("dbname")}?sslmode=require`;
}

/** Runs SQL as the superuser on the primary and returns what psql prints, unaligned and without headings. */
export async function sql(platform: Kubernetes, name: string, statements: string, database = name): Promise<string> {
  const pod = await primaryPod(platform, name);
  const args = ["exec", "-i", pod, "-c", "database", "--", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database];
  return (await platform.kubectl(args, statements)).trim();
}
