/** All admission steps in the order in which they run. */
import type { AddressRange } from "../services/address-range.ts";
import type { AdmissionStep } from "./admission.ts";
import { definitionLifecycle } from "./definition-lifecycle.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { nodeTaint } from "./node-taint.ts";
import { priorityAdmission } from "./priority.ts";
import { quotaAdmission } from "./quota.ts";
import { rbacEscalation } from "./rbac-escalation.ts";
import { serviceAccountAdmission } from "./service-account.ts";
import { serviceAddresses } from "./service-addresses.ts";
import { storageAdmission } from "./storage.ts";
import { defaultTolerations } from "./tolerations.ts";

export function admissionSteps(serviceRange: AddressRange): readonly AdmissionStep[] {
  return [
    namespaceLifecycle,
    definitionLifecycle,
    limitRanger,
    serviceAccountAdmission,
    priorityAdmission,
    defaultTolerations,
    nodeTaint,
    storageAdmission,
    serviceAddresses(serviceRange),
    nodeRestriction,
    rbacEscalation,
    quotaAdmission,
  ];
}
