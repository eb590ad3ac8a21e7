/** Where pods may run: affinity, tolerations, spread. */
import type { Static } from "typebox";
import { atomic, atomicList, int32, int64, list, named, object, optional, string } from "../schema/builders.ts";
import { labelSelector, selectorRequirement } from "./selectors.ts";

const nodeSelectorTerm = object(
  {
    matchExpressions: optional(atomicList(selectorRequirement)),
    matchFields: optional(atomicList(selectorRequirement)),
  },
  atomic,
);

const nodeAffinity = object({
  preferredDuringSchedulingIgnoredDuringExecution: optional(
    atomicList(object({ preference: nodeSelectorTerm, weight: int32() })),
  ),
  requiredDuringSchedulingIgnoredDuringExecution: optional(
    object({ nodeSelectorTerms: atomicList(nodeSelectorTerm) }, atomic),
  ),
});

const podAffinityTerm = object({
  labelSelector: optional(labelSelector),
  matchLabelKeys: optional(atomicList(string())),
  mismatchLabelKeys: optional(atomicList(string())),
  namespaceSelector: optional(labelSelector),
  namespaces: optional(atomicList(string())),
  topologyKey: string(),
});

/** Affinity and anti-affinity between pods have the same shape. */
const podAffinity = object({
  preferredDuringSchedulingIgnoredDuringExecution: optional(atomicList(object({ podAffinityTerm, weight: int32() }))),
  requiredDuringSchedulingIgnoredDuringExecution: optional(atomicList(podAffinityTerm)),
});

export const affinity = named(
  "Affinity",
  object({
    nodeAffinity: optional(nodeAffinity),
    podAffinity: optional(podAffinity),
    podAntiAffinity: optional(podAffinity),
  }),
);
export interface Affinity extends Static<typeof affinity> {}

export const toleration = named(
  "Toleration",
  object({
    effect: optional(string()),
    key: optional(string()),
    operator: optional(string()),
    tolerationSeconds: optional(int64()),
    value: optional(string()),
  }),
);
export interface Toleration extends Static<typeof toleration> {}
export const tolerations = list(toleration);

export const topologySpreadConstraint = named(
  "TopologySpreadConstraint",
  object({
    labelSelector: optional(labelSelector),
    matchLabelKeys: optional(atomicList(string())),
    maxSkew: int32(),
    minDomains: optional(int32()),
    nodeAffinityPolicy: optional(string()),
    nodeTaintsPolicy: optional(string()),
    topologyKey: string(),
    whenUnsatisfiable: string(),
  }),
);
export interface TopologySpreadConstraint extends Static<typeof topologySpreadConstraint> {}
export const topologySpreadConstraints = list(topologySpreadConstraint);
