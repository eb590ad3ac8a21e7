/** What the operator and the server may do. The one place; deploy/roles and deploy/bundle.yaml are made from it. */
import type { ClusterRole } from "@keelson/kube";

export type Rule = NonNullable<ClusterRole["rules"]>[number];

const read = ["get", "list", "watch"];
/** Server-side apply needs "create" and "patch". */
const manage = [...read, "create", "patch", "delete"];

/** What an engine's kinds need: read them, write their status, annotate them, hold them back while they are cleaned up. */
function ownKinds(group: string, plurals: readonly string[]): Rule[] {
  return [
    { apiGroups: [group], resources: [...plurals], verbs: [...read, "patch"] },
    { apiGroups: [group], resources: plurals.map((name) => `${name}/status`), verbs: ["patch"] },
    // Owner references that block deletion need this where the API server checks it (OpenShift).
    { apiGroups: [group], resources: plurals.map((name) => `${name}/finalizers`), verbs: ["update"] },
  ];
}

/**
 * The operator. It acts through the Kubernetes API only: no nodes, no persistent volumes, no namespaces.
 *
 * It makes Roles for the pods of a cluster, and Kubernetes lets nobody hand out what he does not have; hence `endpoints/restricted`,
 * `deletecollection` and the rights on pods that Patroni and backup Jobs need.
 */
export const operatorRules: readonly Rule[] = [
  ...ownKinds("pgv2.percona.com", ["perconapgclusters", "perconapgbackups", "perconapgrestores", "perconapgupgrades"]),
  // Schedules make backups; backups that retention removed and those of deleted clusters go.
  { apiGroups: ["pgv2.percona.com"], resources: ["perconapgbackups"], verbs: ["create", "delete"] },
  {
    apiGroups: [""],
    resources: ["configmaps", "secrets", "services", "serviceaccounts", "persistentvolumeclaims"],
    verbs: manage,
  },
  { apiGroups: [""], resources: ["endpoints"], verbs: [...manage, "deletecollection"] },
  { apiGroups: [""], resources: ["endpoints/restricted"], verbs: ["create"] },
  { apiGroups: [""], resources: ["pods"], verbs: [...read, "patch", "delete"] },
  { apiGroups: [""], resources: ["pods/exec"], verbs: ["create", "get"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: ["apps"], resources: ["deployments", "statefulsets"], verbs: manage },
  { apiGroups: ["batch"], resources: ["jobs"], verbs: manage },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: manage },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: manage },
  // Leader election.
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
  // Whether a volume can grow, and whether the class that a user names exists.
  { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: read },
];

/** The server: databases and what belongs to them. It reads a Secret only when somebody asks for that one. */
export const serverRules: readonly Rule[] = [
  {
    apiGroups: ["pgv2.percona.com"],
    resources: ["perconapgclusters", "perconapgbackups", "perconapgrestores"],
    verbs: [...manage, "update"],
  },
  { apiGroups: [""], resources: ["pods", "services", "endpoints", "events"], verbs: read },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
  { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "list"] },
];

/**
 * What a node of an embedded cluster does beyond a kubelet, for which Kubernetes has the role system:node: it serves the addresses of Services, which is
 * kube-proxy's part.
 */
export const nodeRules: readonly Rule[] = [
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
];

export interface Program {
  readonly name: string;
  readonly title: string;
  readonly rules: readonly Rule[];
}

export const programs: readonly Program[] = [
  { name: "keelson-operator", title: "the operator", rules: operatorRules },
  { name: "keelson-server", title: "the server of portal and API", rules: serverRules },
];
