/**
 * The Kubernetes types that Keelson uses, under one roof. `Secret` and `Event` are renamed, so that nobody takes them for a
 * secret value or for the runtime's own `Event`.
 */
export type { CustomResourceDefinition } from "kubernetes-types/apiextensions/v1.js";
export type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  ReplicaSet,
  StatefulSet,
} from "kubernetes-types/apps/v1.js";
export type { TokenRequest, TokenReview } from "kubernetes-types/authentication/v1.js";
export type { SelfSubjectAccessReview, SubjectAccessReview } from "kubernetes-types/authorization/v1.js";
export type { CronJob, Job } from "kubernetes-types/batch/v1.js";
export type { Lease } from "kubernetes-types/coordination/v1.js";
export type {
  ConfigMap,
  Container,
  ContainerPort,
  ContainerStatus,
  EndpointAddress,
  Endpoints,
  EnvVar,
  Event as CoreEvent,
  LimitRange,
  Namespace,
  Node,
  ObjectReference,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodCondition,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceQuota,
  ResourceRequirements,
  Secret as KubeSecret,
  SecurityContext,
  Service,
  ServiceAccount,
  ServicePort,
  Volume,
  VolumeMount,
} from "kubernetes-types/core/v1.js";
export type { EndpointSlice } from "kubernetes-types/discovery/v1.js";
export type {
  Condition,
  LabelSelector,
  ManagedFieldsEntry,
  ObjectMeta,
  OwnerReference,
  Status,
} from "kubernetes-types/meta/v1.js";
export type { Ingress, IngressClass, NetworkPolicy } from "kubernetes-types/networking/v1.js";
export type { Eviction, PodDisruptionBudget } from "kubernetes-types/policy/v1.js";
export type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from "kubernetes-types/rbac/v1.js";
export type { PriorityClass } from "kubernetes-types/scheduling/v1.js";
export type { CSIDriver, CSINode, StorageClass, VolumeAttachment } from "kubernetes-types/storage/v1.js";
