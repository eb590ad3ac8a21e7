/** Services, the Endpoints behind them, accounts and disruption budgets. */
import type {
  Endpoints,
  ObjectMeta,
  PodDisruptionBudget,
  Role,
  RoleBinding,
  Service,
  ServiceAccount,
} from "@keelson/kube";
import { clusterLabels, label } from "./labels.ts";
import type { Expose, PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { meta } from "./objects.ts";

function exposed(c: PgCluster, name: string, expose: Expose, labels: Record<string, string>): ObjectMeta {
  return meta(c, name, { ...expose.labels, ...labels }, expose.annotations);
}

function exposedSpec(expose: Expose, port: { name: string; port: number; targetPort: string | number }): ServiceSpec {
  return {
    type: expose.type,
    ports: [
      {
        ...port,
        protocol: "TCP",
        ...(expose.type !== "ClusterIP" && expose.nodePort !== undefined ? { nodePort: expose.nodePort } : {}),
      },
    ],
    ...(expose.type === "LoadBalancer" && expose.loadBalancerClass !== undefined
      ? { loadBalancerClass: expose.loadBalancerClass }
      : {}),
    ...(expose.type === "LoadBalancer" && expose.loadBalancerSourceRanges !== undefined
      ? { loadBalancerSourceRanges: [...expose.loadBalancerSourceRanges] }
      : {}),
  };
}

type ServiceSpec = NonNullable<Service["spec"]>;

const headless = { clusterIP: "None", type: "ClusterIP" } as const;

/** Where writes go. It has no selector: Patroni writes the address of the primary into its Endpoints. */
export function leaderService(c: PgCluster): Service {
  const labels = { ...clusterLabels(c, "pg"), [label.patroni]: names.haService(c) };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: exposed(c, names.haService(c), c.expose, labels),
    spec: exposedSpec(c.expose, { name: "postgres", port: c.port, targetPort: "postgres" }),
  };
}

/** Stable name of the primary for applications; its address is that of the leader's Service. */
export function primaryService(c: PgCluster): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta(c, names.primaryService(c), { ...clusterLabels(c, "pg"), [label.role]: "primary" }),
    spec: { ...headless, ports: [{ name: "postgres", port: c.port, targetPort: "postgres", protocol: "TCP" }] },
  };
}

export function primaryEndpoints(c: PgCluster, leaderAddress: string): Endpoints {
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: meta(c, names.primaryService(c), { ...clusterLabels(c, "pg"), [label.role]: "primary" }),
    subsets: [{ addresses: [{ ip: leaderAddress }], ports: [{ name: "postgres", port: c.port, protocol: "TCP" }] }],
  };
}

/** Reads; exists only when some set has more than one instance. */
export function replicaService(c: PgCluster): Service | undefined {
  if (!c.sets.some((set) => set.replicas > 1)) return undefined;
  const labels = { ...clusterLabels(c, "pg"), [label.role]: "replica" };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: exposed(c, names.replicaService(c), c.exposeReplicas, labels),
    spec: {
      ...exposedSpec(c.exposeReplicas, { name: "postgres", port: c.port, targetPort: "postgres" }),
      selector: { [label.cluster]: c.name, [label.role]: "replica" },
    },
  };
}

/** A name for each pod, ready or not: members find each other before they are ready. */
export function podService(c: PgCluster): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta(c, names.podService(c), clusterLabels(c)),
    spec: { ...headless, publishNotReadyAddresses: true, selector: { [label.cluster]: c.name } },
  };
}

/** Keeps the Endpoints in which Patroni stores its configuration: Kubernetes removes Endpoints without a Service. */
export function configService(c: PgCluster): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta(c, names.configService(c), { ...clusterLabels(c), [label.patroni]: names.haService(c) }),
    spec: { ...headless },
  };
}

export function poolerService(c: PgCluster): Service | undefined {
  if (c.pooler === undefined) return undefined;
  const labels = { ...clusterLabels(c, "pgbouncer"), [label.role]: "pgbouncer" };
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: exposed(c, names.pooler(c), c.pooler.expose, labels),
    spec: {
      ...exposedSpec(c.pooler.expose, { name: "pgbouncer", port: c.pooler.port, targetPort: "pgbouncer" }),
      selector: { [label.cluster]: c.name, [label.role]: "pgbouncer" },
    },
  };
}

/** What Patroni and the agent may do, and what a backup Job may do. Nothing outside the namespace. */
export function access(c: PgCluster): (ServiceAccount | Role | RoleBinding)[] {
  const of = (name: string, rules: Role["rules"]): (ServiceAccount | Role | RoleBinding)[] => {
    const metadata = meta(c, name, clusterLabels(c));
    return [
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata,
        ...(c.imagePullSecrets.length > 0 ? { imagePullSecrets: [...c.imagePullSecrets] } : {}),
      },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules: rules ?? [] },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
        subjects: [{ kind: "ServiceAccount", name, namespace: c.namespace }],
      },
    ];
  };
  return [
    ...of(names.instanceAccount(c), [
      {
        apiGroups: [""],
        resources: ["endpoints"],
        verbs: ["create", "deletecollection", "get", "list", "patch", "watch"],
      },
      { apiGroups: [""], resources: ["endpoints/restricted"], verbs: ["create"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "patch", "watch"] },
      { apiGroups: [""], resources: ["services"], verbs: ["create"] },
    ]),
    ...of(names.backupAccount(c), [
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "patch"] },
      { apiGroups: [""], resources: ["pods/exec"], verbs: ["create", "get"] },
    ]),
  ];
}

/** Keeps an eviction from taking the last instance of a set, or the last pooler. */
export function budgets(c: PgCluster): PodDisruptionBudget[] {
  const budget = (
    name: string,
    minAvailable: number | string,
    matchLabels: Record<string, string>,
  ): PodDisruptionBudget => ({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: meta(c, name, clusterLabels(c)),
    spec: { minAvailable, selector: { matchLabels } },
  });
  const wanted = (value: number | string): boolean => value !== 0 && value !== "0" && value !== "0%";
  return [
    ...c.sets
      .filter((set) => wanted(set.minAvailable))
      .map((set) =>
        budget(names.setBudget(c, set.name), set.minAvailable, {
          [label.cluster]: c.name,
          [label.instanceSet]: set.name,
        }),
      ),
    ...(c.pooler !== undefined && wanted(c.pooler.minAvailable)
      ? [budget(names.pooler(c), c.pooler.minAvailable, { [label.cluster]: c.name, [label.role]: "pgbouncer" })]
      : []),
  ];
}
