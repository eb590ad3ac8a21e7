/** What a namespace uses of what its quotas limit. Pure. */
import { type Amounts, amounts, podRequests, sumOf } from "../objects/pod-requests.ts";
import { isTerminal } from "../objects/pod-state.ts";
import { formatBytes, formatMilli } from "../objects/quantity.ts";
import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from "../objects/types.ts";

/** What is in the namespace. */
export interface NamespaceContent {
  readonly pods: readonly Pod[];
  readonly claims: readonly PersistentVolumeClaim[];
  readonly services: readonly Service[];
  /** Numbers of objects by resource: `secrets`, `deployments.apps`. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Resources that have a name of their own beside `count/…`. */
const COUNTED = [
  "configmaps",
  "secrets",
  "services",
  "persistentvolumeclaims",
  "replicationcontrollers",
  "resourcequotas",
];

/** The used amount of each limited resource, in the quota's order. */
export function quotaUsage(quota: ResourceQuota, content: NamespaceContent): Readonly<Record<string, string>> {
  const pods = content.pods.filter((pod) => !isTerminal(pod) && inScope(quota, pod));
  const compute = sumOf(pods.map(computeUsage));
  const storage = storageUsage(content.claims);
  const usage = (name: string): string => {
    if (name === "pods" || name === "count/pods") return String(name === "pods" ? pods.length : content.pods.length);
    if (name === "services.loadbalancers") return String(ofType(content.services, ["LoadBalancer"]));
    if (name === "services.nodeports") return String(ofType(content.services, ["NodePort", "LoadBalancer"]));
    if (COUNTED.includes(name)) return String(content.counts.get(name) ?? 0);
    if (name.startsWith("count/")) return String(content.counts.get(name.slice("count/".length)) ?? 0);
    const amount = compute[name] ?? storage[name] ?? 0;
    return /cpu$/.test(name) || !/memory|storage/.test(name) ? formatMilli(amount) : formatBytes(amount / 1000);
  };
  return Object.fromEntries(Object.keys(quota.spec?.hard ?? {}).map((name) => [name, usage(name)]));
}

/** A pod's requests and limits under all names that quotas know them by. */
function computeUsage(pod: Pod): Amounts {
  const limits = sumOf((pod.spec?.containers ?? []).map((container) => amounts(container.resources?.limits)));
  const usage: Record<string, number> = {};
  for (const [name, value] of Object.entries(podRequests(pod))) {
    usage[name] = value;
    usage[`requests.${name}`] = value;
  }
  for (const [name, value] of Object.entries(limits)) usage[`limits.${name}`] = value;
  return usage;
}

/** Storage and numbers of claims, in all and by class. */
function storageUsage(claims: readonly PersistentVolumeClaim[]): Amounts {
  return sumOf(
    claims.map((claim) => {
      const { storage = 0 } = amounts(claim.spec?.resources?.requests);
      const byClass = `${claim.spec?.storageClassName ?? ""}.storageclass.storage.k8s.io`;
      return {
        "requests.storage": storage,
        [`${byClass}/requests.storage`]: storage,
        [`${byClass}/persistentvolumeclaims`]: 1000,
      };
    }),
  );
}

function ofType(services: readonly Service[], types: readonly string[]): number {
  return services.filter((service) => types.includes(service.spec?.type ?? "ClusterIP")).length;
}

function inScope(quota: ResourceQuota, pod: Pod): boolean {
  return (quota.spec?.scopes ?? []).every((scope) => {
    const bestEffort = Object.keys(podRequests(pod)).length === 0;
    const limited = pod.spec?.activeDeadlineSeconds !== undefined;
    switch (scope) {
      case "BestEffort":
        return bestEffort;
      case "NotBestEffort":
        return !bestEffort;
      case "Terminating":
        return limited;
      case "NotTerminating":
        return !limited;
      default:
        return true;
    }
  });
}
