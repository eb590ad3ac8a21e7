/** Defaults of the smaller kinds. */
import { isObject, type JsonObject, objectAt } from "../types.ts";
import { each, fill, member, within } from "./fill.ts";
import { defaultClaimSpec, defaultVolumeSpec } from "./volumes.ts";

const rbacGroup = "rbac.authorization.k8s.io";

export function defaultClaim(claim: JsonObject): void {
  defaultClaimSpec(member(claim, "spec"));
}

export function defaultVolumeObject(volume: JsonObject): void {
  defaultVolumeSpec(member(volume, "spec"));
}

export function defaultSecret(secret: JsonObject): void {
  fill(secret, { type: "Opaque" });
}

export function defaultEndpoints(endpoints: JsonObject): void {
  each(endpoints, "subsets", (subset) => each(subset, "ports", (port) => fill(port, { protocol: "TCP" })));
}

export function defaultEndpointSlice(slice: JsonObject): void {
  each(slice, "ports", (port) => {
    if (port["name"] === undefined || port["name"] === null) port["name"] = "";
    fill(port, { protocol: "TCP" });
  });
}

/** A limit range of containers fills its own gaps: from the maximum, the default limit, the minimum. */
export function defaultLimitRange(limitRange: JsonObject): void {
  within(limitRange, "spec", (spec) =>
    each(spec, "limits", (item) => {
      if (item["type"] !== "Container") return;
      const limits = member(item, "default");
      const requests = member(item, "defaultRequest");
      fill(limits, objectAt(item, "max") ?? {});
      fill(requests, limits);
      fill(requests, objectAt(item, "min") ?? {});
      if (Object.keys(limits).length === 0) delete item["default"];
      if (Object.keys(requests).length === 0) delete item["defaultRequest"];
    }),
  );
}

export function defaultBinding(binding: JsonObject): void {
  fill(member(binding, "roleRef"), { apiGroup: rbacGroup });
  each(binding, "subjects", (subject) => {
    if (subject["kind"] === "User" || subject["kind"] === "Group") fill(subject, { apiGroup: rbacGroup });
  });
}

export function defaultStorageClass(storageClass: JsonObject): void {
  fill(storageClass, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
}

export function defaultCsiDriver(driver: JsonObject): void {
  const spec = member(driver, "spec");
  fill(spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: "ReadWriteOnceWithFSType",
    requiresRepublish: false,
  });
  if (!Array.isArray(spec["volumeLifecycleModes"]) || spec["volumeLifecycleModes"].length === 0) {
    spec["volumeLifecycleModes"] = ["Persistent"];
  }
}

export function defaultNetworkPolicy(policy: JsonObject): void {
  const spec = member(policy, "spec");
  const hasEgress = Array.isArray(spec["egress"]) && spec["egress"].length > 0;
  if (!Array.isArray(spec["policyTypes"]) || spec["policyTypes"].length === 0) {
    spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"];
  }
  for (const direction of ["ingress", "egress"]) {
    each(spec, direction, (rule) => each(rule, "ports", (port) => fill(port, { protocol: "TCP" })));
  }
}

export function defaultIngressClass(ingressClass: JsonObject): void {
  within(ingressClass, "spec", (spec) =>
    within(spec, "parameters", (parameters) => fill(parameters, { scope: "Cluster" })),
  );
}

export function defaultPriorityClass(priorityClass: JsonObject): void {
  fill(priorityClass, { preemptionPolicy: "PreemptLowerPriority" });
}

/** What a node can give out is what it has, until it says otherwise. */
export function defaultNode(node: JsonObject): void {
  const status = node["status"];
  if (!isObject(status) || status["allocatable"] !== undefined || status["capacity"] === undefined) return;
  status["allocatable"] = structuredClone(status["capacity"]);
}
