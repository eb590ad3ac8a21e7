/** ResourceQuotas: what a namespace may hold in all. Charged here at creation; the controller counts again later. */

import { forbidden } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { compareAmounts, subtractAmounts, sumAmounts } from "../quantities.ts";
import type { Resource } from "../registry/resource.ts";
import { isObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import type { AdmissionStep, Admitted } from "./admission.ts";

type Usage = Record<string, string>;

export const quotaAdmission: AdmissionStep = { name: "ResourceQuota", validate: charge };

/** Old names of counted kinds; the others are `count/PLURAL.GROUP`. */
const plainCounts: Readonly<Record<string, string>> = {
  pods: "pods",
  services: "services",
  secrets: "secrets",
  configmaps: "configmaps",
  persistentvolumeclaims: "persistentvolumeclaims",
  replicationcontrollers: "replicationcontrollers",
  resourcequotas: "resourcequotas",
};

function charge({ request, object, old, operation }: Admitted): void {
  const { resource, info, platform } = request;
  if (!resource.namespaced || operation === "DELETE" || object === undefined || info.subresource !== "") return;
  const quotas = [...platform.store.latestOf("resourcequotas")]
    .map((s) => s.object)
    .filter((q) => q.metadata.namespace === info.namespace);
  if (quotas.length === 0) return;
  const wanted = usageOf(resource, object);
  const before = old === undefined ? {} : usageOf(resource, old);
  for (const quota of quotas) check(platform, resource, quota, { object, wanted, before });
}

interface Charge {
  readonly object: KubeObject;
  readonly wanted: Usage;
  readonly before: Usage;
}

function check(platform: Platform, resource: Resource, quota: KubeObject, { object, wanted, before }: Charge): void {
  if (!inScope(quota, resource, object)) return;
  const hard = objectAt(quota.spec, "hard") ?? {};
  const limited = Object.keys(hard).filter((name) => wanted[name] !== undefined);
  const name = object.metadata.name ?? "";
  const missing = Object.keys(hard).filter((key) => needsRequest(resource, key) && wanted[key] === undefined);
  if (missing.length > 0) {
    throw forbidden(resource, name, `failed quota: ${quota.metadata.name}: must specify ${missing.join(",")}`);
  }
  const used = usedNow(platform, quota);
  const exceeded = limited.filter((key) => {
    const delta = subtractAmounts(wanted[key], before[key] ?? "0");
    return compareAmounts(delta, "0") > 0 && compareAmounts(sumAmounts([used[key] ?? "0", delta]), hard[key]) > 0;
  });
  if (exceeded.length === 0) return;
  const list = (values: (key: string) => unknown): string => exceeded.map((key) => `${key}=${values(key)}`).join(",");
  const requested = list((key) => subtractAmounts(wanted[key], before[key] ?? "0"));
  const why = `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${list((key) => used[key] ?? "0")}, limited: ${list((key) => hard[key])}`;
  throw forbidden(resource, name, why);
}

/** A quota of cpu or memory makes every pod say how much it wants. */
function needsRequest(resource: Resource, key: string): boolean {
  return resource.collection === "pods" && /^((requests|limits)\.)?(cpu|memory)$/.test(key);
}

function inScope(quota: KubeObject, resource: Resource, object: KubeObject): boolean {
  const spec = isObject(quota.spec) ? quota.spec : {};
  const scopes = Array.isArray(spec["scopes"]) ? spec["scopes"].map(String) : [];
  if (scopes.length === 0) return true;
  if (resource.collection !== "pods") return false;
  const isTerminating = isObject(object.spec) && object.spec["activeDeadlineSeconds"] !== undefined;
  const isBestEffort = stringAt(object.status, "qosClass") === "BestEffort";
  return scopes.every(
    (scope) =>
      ({
        Terminating: isTerminating,
        NotTerminating: !isTerminating,
        BestEffort: isBestEffort,
        NotBestEffort: !isBestEffort,
      })[scope] ?? true,
  );
}

/** What the objects of the namespace use at this moment. */
function usedNow(platform: Platform, quota: KubeObject): Usage {
  const total: Usage = {};
  for (const resource of platform.registry.all()) {
    if (!resource.namespaced || resource.virtual === true || resource.storedAs !== undefined) continue;
    if (!Object.keys(objectAt(quota.spec, "hard") ?? {}).some((key) => countsFor(resource, key))) continue;
    for (const { object } of platform.store.latestOf(resource.collection)) {
      if (object.metadata.namespace !== quota.metadata.namespace || !inScope(quota, resource, object)) continue;
      if (resource.collection === "pods" && isOver(object)) continue;
      for (const [key, value] of Object.entries(usageOf(resource, object)))
        total[key] = sumAmounts([total[key] ?? "0", value]);
    }
  }
  return total;
}

function countsFor(resource: Resource, key: string): boolean {
  if (key === countName(resource) || key === plainCounts[resource.collection]) return true;
  if (resource.collection === "pods")
    return /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$/.test(key) || key.startsWith("requests.");
  if (resource.collection === "persistentvolumeclaims") return key.includes("storage");
  return resource.collection === "services" && key.startsWith("services.");
}

function isOver(pod: KubeObject): boolean {
  const phase = stringAt(pod.status, "phase");
  return phase === "Succeeded" || phase === "Failed";
}

function countName({ plural, group }: Resource): string {
  return group === "" ? `count/${plural}` : `count/${plural}.${group}`;
}

function usageOf(resource: Resource, object: KubeObject): Usage {
  const usage: Usage = { [countName(resource)]: "1" };
  const plain = plainCounts[resource.collection];
  if (plain !== undefined) usage[plain] = "1";
  if (resource.collection === "pods") Object.assign(usage, podUsage(object));
  if (resource.collection === "persistentvolumeclaims") Object.assign(usage, claimUsage(object));
  if (resource.collection === "services") Object.assign(usage, serviceUsage(object));
  return usage;
}

function podUsage(pod: KubeObject): Usage {
  const usage: Usage = {};
  for (const list of ["requests", "limits"] as const) {
    for (const container of objectsAt(pod.spec, "containers")) {
      for (const [name, value] of Object.entries(objectAt(objectAt(container, "resources"), list) ?? {})) {
        usage[`${list}.${name}`] = sumAmounts([usage[`${list}.${name}`] ?? "0", value]);
      }
    }
  }
  for (const name of ["cpu", "memory", "ephemeral-storage"]) {
    const requests = usage[`requests.${name}`];
    if (requests !== undefined) usage[name] = requests;
  }
  return usage;
}

function claimUsage(claim: KubeObject): Usage {
  const size = objectAt(objectAt(claim.spec, "resources"), "requests")?.["storage"];
  const usage: Usage = {};
  if (size !== undefined) usage["requests.storage"] = String(size);
  const name = stringAt(claim.spec, "storageClassName");
  if (name !== undefined) {
    usage[`${name}.storageclass.storage.k8s.io/persistentvolumeclaims`] = "1";
    if (size !== undefined) usage[`${name}.storageclass.storage.k8s.io/requests.storage`] = String(size);
  }
  return usage;
}

function serviceUsage(service: KubeObject): Usage {
  const type = stringAt(service.spec, "type");
  const ports = String(objectsAt(service.spec, "ports").length);
  if (type === "NodePort") return { "services.nodeports": ports };
  return type === "LoadBalancer" ? { "services.loadbalancers": "1", "services.nodeports": ports } : {};
}
