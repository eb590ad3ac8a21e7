/** Every built-in resource, by group. Rules of the kinds are in `rules/`. */

import { ruleSets } from "../rules/index.ts";
import { formatLabelSelector, type SelectorObject } from "../selectors/labels.ts";
import { type KubeObject, objectAt } from "../types.ts";
import { defineGroup } from "./define.ts";
import { coreEventConversion } from "./event-conversion.ts";
import type { Resource, ScaleDefinition, Subresource, Verb } from "./resource.ts";

const replicasScale: ScaleDefinition = {
  specReplicas: ["spec", "replicas"],
  statusReplicas: ["status", "replicas"],
  selector: (object: KubeObject) =>
    formatLabelSelector(objectAt(object.spec, "selector") as SelectorObject | undefined),
};

const flatSelectorScale: ScaleDefinition = {
  ...replicasScale,
  selector: (object) =>
    formatLabelSelector({
      matchLabels: objectAt(object.spec, "selector") as Record<string, string> | undefined,
    } as SelectorObject),
};

const connect = (name: string, kind: string, verbs = ["create", "get"]): Subresource => ({ name, kind, verbs });
const proxyVerbs = ["create", "delete", "get", "patch", "update"];

/** Without `ephemeralcontainers` and `resize`, which the node could not carry out: as where these features of Kubernetes are switched off. */
const podSubresources: Subresource[] = [
  connect("attach", "PodAttachOptions"),
  connect("binding", "Binding", ["create"]),
  { name: "eviction", kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
  connect("exec", "PodExecOptions"),
  connect("log", "Pod", ["get"]),
  connect("portforward", "PodPortForwardOptions"),
  connect("proxy", "PodProxyOptions", proxyVerbs),
];

const namespaceVerbs: Verb[] = ["create", "delete", "get", "list", "patch", "update", "watch"];
const all = ["all"];

const core = defineGroup("", "v1", [
  { kind: "Binding", plural: "bindings", virtual: true },
  { kind: "ConfigMap", plural: "configmaps", short: ["cm"], rules: ruleSets.configMap },
  {
    kind: "Endpoints",
    plural: "endpoints",
    short: ["ep"],
    rules: ruleSets.endpoints,
    deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  },
  {
    kind: "Event",
    plural: "events",
    short: ["ev"],
    rules: ruleSets.event,
    collection: "events",
  },
  { kind: "LimitRange", plural: "limitranges", short: ["limits"], rules: ruleSets.limitRange },
  {
    kind: "Namespace",
    plural: "namespaces",
    namespaced: false,
    short: ["ns"],
    verbs: namespaceVerbs,
    status: true,
    subresources: [{ name: "finalize", kind: "Namespace", verbs: ["update"] }],
    rules: ruleSets.namespace,
  },
  {
    kind: "Node",
    plural: "nodes",
    namespaced: false,
    short: ["no"],
    status: true,
    subresources: [connect("proxy", "NodeProxyOptions", proxyVerbs)],
    rules: ruleSets.node,
  },
  {
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    short: ["pvc"],
    status: true,
    rules: ruleSets.persistentVolumeClaim,
  },
  {
    kind: "PersistentVolume",
    plural: "persistentvolumes",
    namespaced: false,
    short: ["pv"],
    status: true,
    rules: ruleSets.persistentVolume,
  },
  {
    kind: "Pod",
    plural: "pods",
    short: ["po"],
    categories: all,
    status: true,
    subresources: podSubresources,
    rules: ruleSets.pod,
  },
  { kind: "PodTemplate", plural: "podtemplates", rules: ruleSets.podTemplate },
  {
    kind: "ReplicationController",
    plural: "replicationcontrollers",
    short: ["rc"],
    categories: all,
    status: true,
    scale: flatSelectorScale,
    rules: ruleSets.replicationController,
  },
  { kind: "ResourceQuota", plural: "resourcequotas", short: ["quota"], status: true, rules: ruleSets.resourceQuota },
  { kind: "Secret", plural: "secrets", rules: ruleSets.secret },
  {
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    short: ["sa"],
    subresources: [
      { name: "token", kind: "TokenRequest", group: "authentication.k8s.io", version: "v1", verbs: ["create"] },
    ],
    rules: ruleSets.serviceAccount,
  },
  {
    kind: "Service",
    plural: "services",
    short: ["svc"],
    categories: all,
    status: true,
    subresources: [connect("proxy", "ServiceProxyOptions", proxyVerbs)],
    rules: ruleSets.service,
  },
]);

const apps = defineGroup("apps", "v1", [
  { kind: "ControllerRevision", plural: "controllerrevisions", rules: ruleSets.controllerRevision },
  { kind: "DaemonSet", plural: "daemonsets", short: ["ds"], categories: all, status: true, rules: ruleSets.daemonSet },
  {
    kind: "Deployment",
    plural: "deployments",
    short: ["deploy"],
    categories: all,
    status: true,
    scale: replicasScale,
    rules: ruleSets.deployment,
  },
  {
    kind: "ReplicaSet",
    plural: "replicasets",
    short: ["rs"],
    categories: all,
    status: true,
    scale: replicasScale,
    rules: ruleSets.replicaSet,
  },
  {
    kind: "StatefulSet",
    plural: "statefulsets",
    short: ["sts"],
    categories: all,
    status: true,
    scale: replicasScale,
    rules: ruleSets.statefulSet,
  },
]);

const batch = defineGroup("batch", "v1", [
  { kind: "CronJob", plural: "cronjobs", short: ["cj"], categories: all, status: true, rules: ruleSets.cronJob },
  { kind: "Job", plural: "jobs", categories: all, status: true, rules: ruleSets.job },
]);

const access = [
  ...defineGroup("authentication.k8s.io", "v1", [
    { kind: "SelfSubjectReview", plural: "selfsubjectreviews", namespaced: false, virtual: true },
    { kind: "TokenReview", plural: "tokenreviews", namespaced: false, virtual: true },
  ]),
  ...defineGroup("authorization.k8s.io", "v1", [
    { kind: "LocalSubjectAccessReview", plural: "localsubjectaccessreviews", virtual: true },
    { kind: "SelfSubjectAccessReview", plural: "selfsubjectaccessreviews", namespaced: false, virtual: true },
    { kind: "SelfSubjectRulesReview", plural: "selfsubjectrulesreviews", namespaced: false, virtual: true },
    { kind: "SubjectAccessReview", plural: "subjectaccessreviews", namespaced: false, virtual: true },
  ]),
  ...defineGroup("rbac.authorization.k8s.io", "v1", [
    { kind: "ClusterRoleBinding", plural: "clusterrolebindings", namespaced: false, rules: ruleSets.binding },
    { kind: "ClusterRole", plural: "clusterroles", namespaced: false, rules: ruleSets.clusterRole },
    { kind: "RoleBinding", plural: "rolebindings", rules: ruleSets.binding },
    { kind: "Role", plural: "roles", rules: ruleSets.role },
  ]),
];

const others = [
  ...defineGroup("apiextensions.k8s.io", "v1", [
    {
      kind: "CustomResourceDefinition",
      plural: "customresourcedefinitions",
      namespaced: false,
      short: ["crd", "crds"],
      categories: ["api-extensions"],
      status: true,
      rules: ruleSets.customResourceDefinition,
    },
  ]),
  ...defineGroup("coordination.k8s.io", "v1", [{ kind: "Lease", plural: "leases", rules: ruleSets.lease }]),
  ...defineGroup("discovery.k8s.io", "v1", [
    { kind: "EndpointSlice", plural: "endpointslices", rules: ruleSets.endpointSlice },
  ]),
  ...defineGroup("events.k8s.io", "v1", [
    {
      kind: "Event",
      plural: "events",
      short: ["ev"],
      rules: ruleSets.event,
      collection: "events",
      storedAs: coreEventConversion,
    },
  ]),
  ...defineGroup("networking.k8s.io", "v1", [
    { kind: "IngressClass", plural: "ingressclasses", namespaced: false, rules: ruleSets.ingressClass },
    { kind: "Ingress", plural: "ingresses", short: ["ing"], status: true, rules: ruleSets.ingress },
    { kind: "NetworkPolicy", plural: "networkpolicies", short: ["netpol"], rules: ruleSets.networkPolicy },
  ]),
  ...defineGroup("node.k8s.io", "v1", [
    { kind: "RuntimeClass", plural: "runtimeclasses", namespaced: false, rules: ruleSets.runtimeClass },
  ]),
  ...defineGroup("policy", "v1", [
    {
      kind: "PodDisruptionBudget",
      plural: "poddisruptionbudgets",
      short: ["pdb"],
      status: true,
      rules: ruleSets.podDisruptionBudget,
    },
  ]),
  ...defineGroup("scheduling.k8s.io", "v1", [
    {
      kind: "PriorityClass",
      plural: "priorityclasses",
      namespaced: false,
      short: ["pc"],
      rules: ruleSets.priorityClass,
    },
  ]),
  ...defineGroup("storage.k8s.io", "v1", [
    { kind: "CSIDriver", plural: "csidrivers", namespaced: false, rules: ruleSets.csiDriver },
    { kind: "CSINode", plural: "csinodes", namespaced: false, rules: ruleSets.csiNode },
    {
      kind: "CSIStorageCapacity",
      plural: "csistoragecapacities",
      rules: ruleSets.csiStorageCapacity,
    },
    { kind: "StorageClass", plural: "storageclasses", namespaced: false, short: ["sc"], rules: ruleSets.storageClass },
    {
      kind: "VolumeAttachment",
      plural: "volumeattachments",
      namespaced: false,
      status: true,
      rules: ruleSets.volumeAttachment,
    },
  ]),
];

/** In the order in which discovery lists the groups. */
export const builtinResources: readonly Resource[] = [...core, ...apps, ...access, ...batch, ...others];
