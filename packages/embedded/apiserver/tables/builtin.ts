/** Columns of the built-in kinds; a kind that is not here shows its name and when it was made. */
import { clusterColumns } from "./cluster.ts";
import type { Column } from "./column.ts";
import {
  endpointSliceColumns,
  endpointsColumns,
  ingressClassColumns,
  ingressColumns,
  networkPolicyColumns,
  serviceColumns,
} from "./network.ts";
import { podColumns, podTemplateColumns } from "./pods.ts";
import {
  controllerRevisionColumns,
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  disruptionBudgetColumns,
  jobColumns,
  replicaSetColumns,
  replicationControllerColumns,
  statefulSetColumns,
} from "./workloads.ts";

export const builtinColumns: Readonly<Record<string, readonly Column[]>> = {
  ...clusterColumns,
  Pod: podColumns,
  PodTemplate: podTemplateColumns,
  Deployment: deploymentColumns,
  StatefulSet: statefulSetColumns,
  ReplicaSet: replicaSetColumns,
  ReplicationController: replicationControllerColumns,
  DaemonSet: daemonSetColumns,
  Job: jobColumns,
  CronJob: cronJobColumns,
  ControllerRevision: controllerRevisionColumns,
  PodDisruptionBudget: disruptionBudgetColumns,
  Service: serviceColumns,
  Endpoints: endpointsColumns,
  EndpointSlice: endpointSliceColumns,
  Ingress: ingressColumns,
  IngressClass: ingressClassColumns,
  NetworkPolicy: networkPolicyColumns,
};
