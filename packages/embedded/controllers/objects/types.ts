/** The kinds that controllers read and write, as they come from the API server: metadata is always there. */
import type * as apps from "kubernetes-types/apps/v1.d.ts";
import type * as batch from "kubernetes-types/batch/v1.d.ts";
import type * as coordination from "kubernetes-types/coordination/v1.d.ts";
import type * as core from "kubernetes-types/core/v1.d.ts";
import type * as discovery from "kubernetes-types/discovery/v1.d.ts";
import type * as meta from "kubernetes-types/meta/v1.d.ts";
import type * as policy from "kubernetes-types/policy/v1.d.ts";
import type * as storage from "kubernetes-types/storage/v1.d.ts";

/** An object as served: it always has metadata. */
export type Served<T> = Omit<T, "metadata"> & { metadata: ObjectMeta };

export type ObjectMeta = meta.ObjectMeta;
export type OwnerReference = meta.OwnerReference;
export type LabelSelector = meta.LabelSelector;
export type Labels = Readonly<Record<string, string>>;

export type Pod = Served<core.Pod>;
export type PodSpec = core.PodSpec;
export type PodTemplateSpec = core.PodTemplateSpec;
export type PodCondition = core.PodCondition;
export type Container = core.Container;
export type Node = Served<core.Node>;
export type NodeCondition = core.NodeCondition;
export type Taint = core.Taint;
export type Toleration = core.Toleration;
export type NodeSelectorTerm = core.NodeSelectorTerm;
export type NodeSelectorRequirement = core.NodeSelectorRequirement;
export type PodAffinityTerm = core.PodAffinityTerm;
export type TopologySpreadConstraint = core.TopologySpreadConstraint;
export type Namespace = Served<core.Namespace>;
export type Service = Served<core.Service>;
export type ServicePort = core.ServicePort;
export type Endpoints = Served<core.Endpoints>;
export type EndpointSubset = core.EndpointSubset;
export type EndpointAddress = core.EndpointAddress;
export type ConfigMap = Served<core.ConfigMap>;
export type Secret = Served<core.Secret>;
export type ServiceAccount = Served<core.ServiceAccount>;
export type PersistentVolume = Served<core.PersistentVolume>;
export type PersistentVolumeClaim = Served<core.PersistentVolumeClaim>;
export type PersistentVolumeClaimCondition = core.PersistentVolumeClaimCondition;
export type ResourceQuota = Served<core.ResourceQuota>;
export type ObjectReference = core.ObjectReference;
export type StorageClass = Served<storage.StorageClass>;
export type StatefulSet = Served<apps.StatefulSet>;
export type StatefulSetStatus = apps.StatefulSetStatus;
export type ControllerRevision = Served<apps.ControllerRevision>;
export type Deployment = Served<apps.Deployment>;
export type DeploymentStatus = apps.DeploymentStatus;
export type DeploymentCondition = apps.DeploymentCondition;
export type ReplicaSet = Served<apps.ReplicaSet>;
export type ReplicaSetStatus = apps.ReplicaSetStatus;
export type DaemonSet = Served<apps.DaemonSet>;
export type DaemonSetStatus = apps.DaemonSetStatus;
export type Job = Served<batch.Job>;
export type JobStatus = batch.JobStatus & { terminating?: number };
export type JobCondition = batch.JobCondition;
export type CronJob = Served<batch.CronJob>;
export type CronJobStatus = batch.CronJobStatus;
export type EndpointSlice = Served<discovery.EndpointSlice>;
export type Endpoint = discovery.Endpoint;
export type EndpointPort = discovery.EndpointPort;
export type PodDisruptionBudget = Served<policy.PodDisruptionBudget>;
export type Lease = Served<coordination.Lease>;

/** Milliseconds since the epoch: how time comes into the pure parts. */
export type Millis = number;
