import type { Rules } from "../registry/resource.ts";
import { objectAt, stringAt } from "../types.ts";

export const podRules: Rules = {
  generation: true,
  prepareCreate(pod) {
    pod.status = { phase: "Pending", qosClass: "BestEffort" };
  },
  selectable: {
    "spec.nodeName": (pod) => stringAt(pod.spec, "nodeName") ?? "",
    "spec.restartPolicy": (pod) => stringAt(pod.spec, "restartPolicy") ?? "",
    "spec.schedulerName": (pod) => stringAt(pod.spec, "schedulerName") ?? "",
    "spec.serviceAccountName": (pod) => stringAt(pod.spec, "serviceAccountName") ?? "",
    "spec.hostNetwork": (pod) => String(objectAt(pod, "spec")?.["hostNetwork"] ?? false),
    "status.phase": (pod) => stringAt(pod.status, "phase") ?? "",
    "status.podIP": (pod) => stringAt(pod.status, "podIP") ?? "",
    "status.nominatedNodeName": (pod) => stringAt(pod.status, "nominatedNodeName") ?? "",
  },
};
