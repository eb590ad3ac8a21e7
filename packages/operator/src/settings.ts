/** The operator's command line and environment. */
import type { Catalogue } from "@keelson/postgresql";

export const HELP = `Runs Keelson's operator.

  --kubeconfig FILE     how to reach the API server and as whom; inside a pod its service account
  --metrics HOST:PORT   where /metrics is served (in a pod 0.0.0.0:8080, else any free port of 127.0.0.1)
  --health HOST:PORT    where /healthz and /readyz are served (in a pod 0.0.0.0:8081, else with the metrics)
  --no-leader-election  run without waiting to be the only one
  --help                this text

environment
  WATCH_NAMESPACE               the one namespace to serve; all when empty
  POD_NAMESPACE                 namespace of the leader's Lease; OPERATOR_NAMESPACE when unset, kube-system without both
  RELATED_IMAGE_POSTGRES_17     image of PostgreSQL 17 where a cluster names none; the same for other versions
  RELATED_IMAGE_PGBACKREST      image of pgBackRest where a cluster names none; PostgreSQL's when unset
  RELATED_IMAGE_PGBOUNCER       image of PgBouncer where a cluster names none; PostgreSQL's when unset
  RELATED_IMAGE_AGENT           image of the agent (keelson/agent:dev when unset)
  KEELSON_CLUSTER_DOMAIN        domain of the cluster's Services (cluster.local when unset)
  KEELSON_LOG_LEVEL             debug, info (when unset), warn or error
  KEELSON_FREEZE_CACHE          1: whoever changes an object that informers share, throws; for developers
  KUBECONFIG                    as kubectl takes it, where --kubeconfig is not given
`;

export const options = {
  kubeconfig: { type: "string" },
  metrics: { type: "string" },
  health: { type: "string" },
  "no-leader-election": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Settings {
  readonly kubeconfig: string | undefined;
  readonly metrics: Address;
  /** Undefined: served with the metrics. */
  readonly health: Address | undefined;
  readonly leaderElection: boolean;
  /** The one to serve; undefined = all. */
  readonly namespace: string | undefined;
  readonly leaseNamespace: string;
  readonly catalogue: Catalogue;
}

interface Values {
  readonly kubeconfig?: string | undefined;
  readonly metrics?: string | undefined;
  readonly health?: string | undefined;
  readonly "no-leader-election"?: boolean | undefined;
}

/** Versions for which there are images of our own. */
const OWN_VERSIONS = [17, 18];

export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`"${text}" is not HOST:PORT`);
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port };
}

/** A variable that is there and empty is as one that is not there: manifests keep it so. */
const given = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

export function catalogueFrom(env: NodeJS.ProcessEnv): Catalogue {
  const postgresql: Record<number, string> = Object.fromEntries(
    OWN_VERSIONS.map((major) => [major, `keelson/postgresql:${major}`]),
  );
  for (const [name, image] of Object.entries(env)) {
    const major = /^RELATED_IMAGE_POSTGRES_(\d+)$/.exec(name)?.[1];
    if (major !== undefined && image !== undefined && image !== "") postgresql[Number(major)] = image;
  }
  return {
    postgresql,
    agent: given(env["RELATED_IMAGE_AGENT"]) ?? "keelson/agent:dev",
    pgbackrest: given(env["RELATED_IMAGE_PGBACKREST"]),
    pgbouncer: given(env["RELATED_IMAGE_PGBOUNCER"]),
    dnsSuffix: given(env["KEELSON_CLUSTER_DOMAIN"]) ?? "cluster.local",
  };
}

function watchedNamespace(text = ""): string | undefined {
  const [name, ...others] = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (others.length === 0) return name;
  throw new Error(`WATCH_NAMESPACE is "${text}": name one namespace, or none to serve all of them`);
}

export function settingsFrom(values: Values, env: NodeJS.ProcessEnv): Settings {
  const inPod = values.kubeconfig === undefined && env["KUBERNETES_SERVICE_HOST"] !== undefined;
  const health = values.health ?? (inPod ? "0.0.0.0:8081" : undefined);
  return {
    kubeconfig: values.kubeconfig,
    metrics: parseAddress(values.metrics ?? (inPod ? "0.0.0.0:8080" : "127.0.0.1:0")),
    health: health === undefined ? undefined : parseAddress(health),
    leaderElection: values["no-leader-election"] !== true,
    namespace: watchedNamespace(env["WATCH_NAMESPACE"]),
    leaseNamespace: given(env["POD_NAMESPACE"]) ?? given(env["OPERATOR_NAMESPACE"]) ?? "kube-system",
    catalogue: catalogueFrom(env),
  };
}
