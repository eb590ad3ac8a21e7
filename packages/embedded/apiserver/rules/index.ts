/** The rules of every built-in kind. */
import type { Rules } from "../registry/resource.ts";
import { dnsLabelProblem, pathSegmentProblem } from "../validation/names.ts";
import { customResourceDefinitionRules } from "./custom-resource-definition.ts";
import { eventRules } from "./event.ts";
import { namespaceRules } from "./namespace.ts";
import { podRules } from "./pod.ts";

const plain: Rules = {};
const generations: Rules = { generation: true };
const anySegment: Rules = { nameProblem: pathSegmentProblem };

export const ruleSets = {
  configMap: plain,
  endpoints: plain,
  event: eventRules,
  limitRange: plain,
  namespace: namespaceRules,
  node: plain,
  persistentVolumeClaim: plain,
  persistentVolume: plain,
  pod: podRules,
  podTemplate: plain,
  replicationController: generations,
  resourceQuota: plain,
  secret: { selectable: { type: (o) => String(o["type"] ?? "") } },
  serviceAccount: plain,
  service: { nameProblem: dnsLabelProblem },
  controllerRevision: plain,
  daemonSet: generations,
  deployment: generations,
  replicaSet: generations,
  statefulSet: generations,
  cronJob: generations,
  job: generations,
  binding: anySegment,
  clusterRole: anySegment,
  role: anySegment,
  customResourceDefinition: customResourceDefinitionRules,
  lease: { allowCreateOnUpdate: true },
  endpointSlice: { generation: true },
  ingressClass: generations,
  ingress: generations,
  networkPolicy: generations,
  runtimeClass: plain,
  podDisruptionBudget: generations,
  priorityClass: plain,
  csiDriver: plain,
  csiNode: plain,
  csiStorageCapacity: plain,
  storageClass: plain,
  volumeAttachment: plain,
} satisfies Record<string, Rules>;
