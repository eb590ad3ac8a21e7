/** The rules of every built-in kind. */
import { nodeStatus } from "../defaults/node-status.ts";
import {
  defaultIngressClass,
  defaultLimitRange,
  defaultNetworkPolicy,
  defaultNode,
  defaultPriorityClass,
} from "../defaults/others.ts";
import type { Rules } from "../registry/resource.ts";
import { numberAt, stringAt } from "../types.ts";
import {
  disruptionBudgetProblems,
  leaseProblems,
  priorityClassUpdateProblems,
  replacedOnly,
} from "../validation/others.ts";
import { limitRangeProblems, resourceQuotaProblems } from "../validation/quota.ts";
import { configMapRules, secretRules } from "./config.ts";
import { customResourceDefinitionRules } from "./custom-resource-definition.ts";
import { eventRules } from "./event.ts";
import { namespaceRules } from "./namespace.ts";
import { podRules } from "./pod.ts";
import { bindingRules, clusterRoleRules, roleRules } from "./rbac.ts";
import { endpointSliceRules, endpointsRules, serviceRules } from "./service.ts";
import { claimRules, csiDriverRules, storageClassRules, volumeRules } from "./storage.ts";
import {
  cronJobRules,
  daemonSetRules,
  deploymentRules,
  jobRules,
  podTemplateRules,
  replicaSetRules,
  replicationControllerRules,
  statefulSetRules,
} from "./workloads.ts";

const plain: Rules = {};

export const ruleSets = {
  configMap: configMapRules,
  endpoints: endpointsRules,
  event: eventRules,
  limitRange: { defaults: defaultLimitRange, allowCreateOnUpdate: true, validate: limitRangeProblems },
  namespace: namespaceRules,
  node: {
    defaults: defaultNode,
    initialStatus: (node) => nodeStatus(node.status),
    selectable: {
      "spec.unschedulable": (node) =>
        String((node.spec as { unschedulable?: boolean } | undefined)?.unschedulable ?? false),
    },
  },
  persistentVolumeClaim: claimRules,
  persistentVolume: volumeRules,
  pod: podRules,
  podTemplate: podTemplateRules,
  replicationController: replicationControllerRules,
  resourceQuota: { validate: resourceQuotaProblems },
  secret: secretRules,
  serviceAccount: plain,
  service: serviceRules,
  controllerRevision: { validateUpdate: (object, old) => replacedOnly("data", object, old) },
  daemonSet: daemonSetRules,
  deployment: deploymentRules,
  replicaSet: replicaSetRules,
  statefulSet: statefulSetRules,
  cronJob: cronJobRules,
  job: jobRules,
  binding: bindingRules,
  clusterRole: clusterRoleRules,
  role: roleRules,
  customResourceDefinition: customResourceDefinitionRules,
  lease: { allowCreateOnUpdate: true, unconditionalUpdate: false, validate: leaseProblems },
  endpointSlice: endpointSliceRules,
  ingressClass: { generation: true, defaults: defaultIngressClass },
  ingress: { generation: true, initialStatus: () => ({ loadBalancer: {} }) },
  networkPolicy: { generation: true, defaults: defaultNetworkPolicy },
  runtimeClass: { allowCreateOnUpdate: true, unconditionalUpdate: false },
  podDisruptionBudget: {
    generation: true,
    unconditionalUpdate: false,
    initialStatus: () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
    validate: disruptionBudgetProblems,
  },
  priorityClass: {
    generation: true,
    defaults: defaultPriorityClass,
    validateUpdate: priorityClassUpdateProblems,
    selectable: {
      value: (object) => String(numberAt(object, "value") ?? 0),
      globalDefault: (object) => stringAt(object, "globalDefault") ?? "",
    },
  },
  csiDriver: csiDriverRules,
  csiNode: { unconditionalUpdate: false },
  csiStorageCapacity: { unconditionalUpdate: false },
  storageClass: storageClassRules,
  volumeAttachment: { unconditionalUpdate: false },
} satisfies Record<string, Rules>;
