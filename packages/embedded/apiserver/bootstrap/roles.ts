/** The ClusterRoles and bindings that every cluster has, named and cut as upstream's (Kubernetes documentation, "Using RBAC"). */
import type { KubeObject } from "../types.ts";

const api = "rbac.authorization.k8s.io";

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

const read = ["get", "list", "watch"];
const write = ["create", "delete", "deletecollection", "patch", "update"];

const rule = (apiGroup: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});
const urls = (nonResourceURLs: readonly string[]): Rule => ({ nonResourceURLs, verbs: ["get"] });

/** Namespaced objects that `view` shows, `edit` and `admin` change. Secrets are not among them: whoever reads those can act as others. */
const workloads: readonly (readonly [group: string, resources: readonly string[]])[] = [
  [
    "",
    [
      "configmaps",
      "endpoints",
      "persistentvolumeclaims",
      "pods",
      "replicationcontrollers",
      "serviceaccounts",
      "services",
    ],
  ],
  [
    "apps",
    [
      "controllerrevisions",
      "daemonsets",
      "deployments",
      "deployments/scale",
      "replicasets",
      "replicasets/scale",
      "statefulsets",
      "statefulsets/scale",
    ],
  ],
  ["batch", ["cronjobs", "jobs"]],
  ["policy", ["poddisruptionbudgets"]],
  ["networking.k8s.io", ["ingresses", "networkpolicies"]],
];

const viewRules: readonly Rule[] = [
  ...workloads.map(([group, resources]) => rule(group, resources, read)),
  rule(
    "",
    [
      "bindings",
      "events",
      "limitranges",
      "namespaces",
      "namespaces/status",
      "pods/log",
      "pods/status",
      "resourcequotas",
      "resourcequotas/status",
    ],
    read,
  ),
  rule("discovery.k8s.io", ["endpointslices"], read),
];

const editRules: readonly Rule[] = [
  ...workloads.map(([group, resources]) => rule(group, resources, write)),
  rule(
    "",
    ["pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "secrets", "services/proxy"],
    [...read, ...write],
  ),
  rule("", ["serviceaccounts"], ["impersonate"]),
  rule("", ["serviceaccounts/token", "pods/eviction"], ["create"]),
  rule("", ["events"], write),
];

const adminRules: readonly Rule[] = [
  rule("authorization.k8s.io", ["localsubjectaccessreviews"], ["create"]),
  rule("rbac.authorization.k8s.io", ["rolebindings", "roles"], [...read, ...write]),
];

/** What a node needs; that it writes only its own Node and its own pods is held by the node restriction admission. */
const nodeRules: readonly Rule[] = [
  rule("", ["nodes"], ["create", "get", "list", "patch", "update", "watch"]),
  rule("", ["nodes/status"], ["patch", "update"]),
  rule("", ["pods"], ["create", "delete", ...read]),
  rule("", ["pods/status"], ["patch", "update"]),
  rule("", ["pods/eviction", "serviceaccounts/token"], ["create"]),
  rule(
    "",
    [
      "configmaps",
      "endpoints",
      "persistentvolumeclaims",
      "persistentvolumes",
      "secrets",
      "serviceaccounts",
      "services",
    ],
    read,
  ),
  rule("", ["persistentvolumeclaims/status"], ["get", "patch", "update"]),
  rule("", ["events"], ["create", "patch", "update"]),
  rule("events.k8s.io", ["events"], ["create", "patch", "update"]),
  rule("discovery.k8s.io", ["endpointslices"], read),
  rule("coordination.k8s.io", ["leases"], ["create", "delete", "get", "patch", "update"]),
  rule("node.k8s.io", ["runtimeclasses"], read),
  rule("authentication.k8s.io", ["tokenreviews"], ["create"]),
  rule("authorization.k8s.io", ["localsubjectaccessreviews", "subjectaccessreviews"], ["create"]),
];

const publicUrls = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
const discoveryUrls = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", ...publicUrls];

function clusterRole(name: string, rules: readonly Rule[], labels: Readonly<Record<string, string>> = {}): KubeObject {
  return {
    kind: "ClusterRole",
    apiVersion: `${api}/v1`,
    metadata: { name, labels: { "kubernetes.io/bootstrapping": "rbac-defaults", ...labels } },
    rules,
  };
}

/** A role that is the sum of those with the label `aggregate-to-NAME`, so that a custom resource can add itself. */
function aggregatedRole(name: string, labels: Readonly<Record<string, string>> = {}): KubeObject {
  const matchLabels = { [`${api}/aggregate-to-${name}`]: "true" };
  return { ...clusterRole(name, [], labels), aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
}

function partOf(name: string, rules: readonly Rule[]): KubeObject {
  return clusterRole(`system:aggregate-to-${name}`, rules, { [`${api}/aggregate-to-${name}`]: "true" });
}

function binding(name: string, groups: readonly string[]): KubeObject {
  return {
    kind: "ClusterRoleBinding",
    apiVersion: `${api}/v1`,
    metadata: { name, labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } },
    roleRef: { apiGroup: api, kind: "ClusterRole", name },
    subjects: groups.map((group) => ({ apiGroup: api, kind: "Group", name: group })),
  };
}

const roles: readonly KubeObject[] = [
  clusterRole("cluster-admin", [rule("*", ["*"], ["*"]), { nonResourceURLs: ["*"], verbs: ["*"] }]),
  aggregatedRole("admin"),
  aggregatedRole("edit", { [`${api}/aggregate-to-admin`]: "true" }),
  aggregatedRole("view", { [`${api}/aggregate-to-edit`]: "true" }),
  partOf("admin", adminRules),
  partOf("edit", editRules),
  partOf("view", viewRules),
  clusterRole("system:basic-user", [
    rule("authorization.k8s.io", ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
    rule("authentication.k8s.io", ["selfsubjectreviews"], ["create"]),
  ]),
  clusterRole("system:discovery", [urls(discoveryUrls)]),
  clusterRole("system:public-info-viewer", [urls(publicUrls)]),
  clusterRole("system:node", nodeRules),
];

const bindings: readonly KubeObject[] = [
  binding("cluster-admin", ["system:masters"]),
  binding("system:basic-user", ["system:authenticated"]),
  binding("system:discovery", ["system:authenticated"]),
  binding("system:public-info-viewer", ["system:authenticated", "system:unauthenticated"]),
  // Upstream's Node authorizer walks from a node to what its pods need; the role is coarser and has no lag.
  binding("system:node", ["system:nodes"]),
];

export function bootstrapRoles(): { collection: string; object: KubeObject }[] {
  return [
    ...roles.map((object) => ({ collection: `${api}/clusterroles`, object })),
    ...bindings.map((object) => ({ collection: `${api}/clusterrolebindings`, object })),
  ];
}
