/** Descriptors of the built-in kinds, named as Kubernetes names them: `kinds.Pod`, `kinds.StatefulSet`. */
import { defineKind } from "./kind.ts";
import type * as k8s from "./types.ts";

const core = { group: "", version: "v1" } as const;
const apps = { group: "apps", version: "v1" } as const;
const batch = { group: "batch", version: "v1" } as const;
const rbac = { group: "rbac.authorization.k8s.io", version: "v1" } as const;
const networking = { group: "networking.k8s.io", version: "v1" } as const;
const storage = { group: "storage.k8s.io", version: "v1" } as const;
const authentication = { group: "authentication.k8s.io", version: "v1" } as const;
const authorization = { group: "authorization.k8s.io", version: "v1" } as const;

/** `kinds.Pod` and its like, for every call of the client. */
export const kinds = {
  ConfigMap: defineKind<k8s.ConfigMap>({ ...core, kind: "ConfigMap" }),
  Endpoints: defineKind<k8s.Endpoints>({ ...core, kind: "Endpoints", plural: "endpoints" }),
  Event: defineKind<k8s.CoreEvent>({ ...core, kind: "Event" }),
  LimitRange: defineKind<k8s.LimitRange>({ ...core, kind: "LimitRange" }),
  Namespace: defineKind<k8s.Namespace>({ ...core, kind: "Namespace", namespaced: false }),
  Node: defineKind<k8s.Node>({ ...core, kind: "Node", namespaced: false }),
  PersistentVolume: defineKind<k8s.PersistentVolume>({ ...core, kind: "PersistentVolume", namespaced: false }),
  PersistentVolumeClaim: defineKind<k8s.PersistentVolumeClaim>({ ...core, kind: "PersistentVolumeClaim" }),
  Pod: defineKind<k8s.Pod>({ ...core, kind: "Pod" }),
  ResourceQuota: defineKind<k8s.ResourceQuota>({ ...core, kind: "ResourceQuota" }),
  Secret: defineKind<k8s.KubeSecret>({ ...core, kind: "Secret" }),
  Service: defineKind<k8s.Service>({ ...core, kind: "Service" }),
  ServiceAccount: defineKind<k8s.ServiceAccount>({ ...core, kind: "ServiceAccount" }),

  ControllerRevision: defineKind<k8s.ControllerRevision>({ ...apps, kind: "ControllerRevision" }),
  DaemonSet: defineKind<k8s.DaemonSet>({ ...apps, kind: "DaemonSet" }),
  Deployment: defineKind<k8s.Deployment>({ ...apps, kind: "Deployment" }),
  ReplicaSet: defineKind<k8s.ReplicaSet>({ ...apps, kind: "ReplicaSet" }),
  StatefulSet: defineKind<k8s.StatefulSet>({ ...apps, kind: "StatefulSet" }),

  CronJob: defineKind<k8s.CronJob>({ ...batch, kind: "CronJob" }),
  Job: defineKind<k8s.Job>({ ...batch, kind: "Job" }),

  ClusterRole: defineKind<k8s.ClusterRole>({ ...rbac, kind: "ClusterRole", namespaced: false }),
  ClusterRoleBinding: defineKind<k8s.ClusterRoleBinding>({ ...rbac, kind: "ClusterRoleBinding", namespaced: false }),
  Role: defineKind<k8s.Role>({ ...rbac, kind: "Role" }),
  RoleBinding: defineKind<k8s.RoleBinding>({ ...rbac, kind: "RoleBinding" }),

  Ingress: defineKind<k8s.Ingress>({ ...networking, kind: "Ingress", plural: "ingresses" }),
  IngressClass: defineKind<k8s.IngressClass>({
    ...networking,
    kind: "IngressClass",
    plural: "ingressclasses",
    namespaced: false,
  }),
  NetworkPolicy: defineKind<k8s.NetworkPolicy>({ ...networking, kind: "NetworkPolicy", plural: "networkpolicies" }),

  CSIDriver: defineKind<k8s.CSIDriver>({ ...storage, kind: "CSIDriver", namespaced: false }),
  CSINode: defineKind<k8s.CSINode>({ ...storage, kind: "CSINode", namespaced: false }),
  StorageClass: defineKind<k8s.StorageClass>({
    ...storage,
    kind: "StorageClass",
    plural: "storageclasses",
    namespaced: false,
  }),
  VolumeAttachment: defineKind<k8s.VolumeAttachment>({ ...storage, kind: "VolumeAttachment", namespaced: false }),

  CustomResourceDefinition: defineKind<k8s.CustomResourceDefinition>({
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    namespaced: false,
  }),
  EndpointSlice: defineKind<k8s.EndpointSlice>({ group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice" }),
  Lease: defineKind<k8s.Lease>({ group: "coordination.k8s.io", version: "v1", kind: "Lease" }),
  PodDisruptionBudget: defineKind<k8s.PodDisruptionBudget>({
    group: "policy",
    version: "v1",
    kind: "PodDisruptionBudget",
  }),
  PriorityClass: defineKind<k8s.PriorityClass>({
    group: "scheduling.k8s.io",
    version: "v1",
    kind: "PriorityClass",
    plural: "priorityclasses",
    namespaced: false,
  }),

  SelfSubjectAccessReview: defineKind<k8s.SelfSubjectAccessReview>({
    ...authorization,
    kind: "SelfSubjectAccessReview",
    namespaced: false,
  }),
  SubjectAccessReview: defineKind<k8s.SubjectAccessReview>({
    ...authorization,
    kind: "SubjectAccessReview",
    namespaced: false,
  }),
  TokenReview: defineKind<k8s.TokenReview>({ ...authentication, kind: "TokenReview", namespaced: false }),
} as const;
