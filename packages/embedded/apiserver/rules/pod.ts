/** Pods: what they get at creation and what selects them. */
import { defaultPod } from "../defaults/pod-spec.ts";
import type { Rules } from "../registry/resource.ts";
import { isObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { podCreateProblems, podProblems, podUpdateProblems } from "../validation/pod.ts";
import { timestamp } from "../verbs/context.ts";
import { podWarnings } from "./pod-warnings.ts";
import { qosClass } from "./qos.ts";

export const podRules: Rules = {
  generation: true,
  defaults: defaultPod,
  prepareCreate(pod, { now }) {
    const status = { phase: "Pending", qosClass: qosClass(pod) };
    pod.status = status;
    const gates = objectsAt(pod.spec, "schedulingGates");
    if (gates.length > 0) {
      const message = "Scheduling is blocked due to non-empty scheduling gates";
      const condition = {
        type: "PodScheduled",
        status: "False",
        reason: "SchedulingGated",
        message,
        lastTransitionTime: timestamp(now()),
      };
      pod.status = { ...status, conditions: [condition] };
    }
  },
  prepareStatus(pod, old) {
    if (isObject(pod.status)) pod.status["qosClass"] ??= objectAt(old, "status")?.["qosClass"];
    if (old.metadata.ownerReferences === undefined) delete pod.metadata.ownerReferences;
    else pod.metadata.ownerReferences = old.metadata.ownerReferences;
  },
  validate: podProblems,
  validateCreate: podCreateProblems,
  validateUpdate: podUpdateProblems,
  warnings: podWarnings,
  selectable: {
    "spec.nodeName": (pod) => stringAt(pod.spec, "nodeName") ?? "",
    "spec.restartPolicy": (pod) => stringAt(pod.spec, "restartPolicy") ?? "",
    "spec.schedulerName": (pod) => stringAt(pod.spec, "schedulerName") ?? "",
    "spec.serviceAccountName": (pod) => stringAt(pod.spec, "serviceAccountName") ?? "",
    "spec.hostNetwork": (pod) => String(objectAt(pod, "spec")?.["hostNetwork"] ?? false),
    "status.phase": (pod) => stringAt(pod.status, "phase") ?? "",
    "status.podIP": (pod) => stringAt(pod.status, "podIP") ?? "",
    "status.podIPs": (pod: KubeObject) => stringAt(pod.status, "podIP") ?? "",
    "status.nominatedNodeName": (pod) => stringAt(pod.status, "nominatedNodeName") ?? "",
  },
};
