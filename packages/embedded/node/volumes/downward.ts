/** What a pod may know of itself: `fieldRef` and `resourceFieldRef`, as variables and as files. */

import { cpus, totalmem } from "node:os";
import type { Container, Pod } from "@keelson/kube";
import { divideQuantity, parseQuantity } from "./quantity.ts";

/** Addresses of a pod that are known only once it has a sandbox. */
export interface PodAddresses {
  readonly podIP: string;
  readonly hostIP: string;
}

/** The value of a field path. Throws for a path that Kubernetes does not offer. */
export function fieldValue(pod: Pod, fieldPath: string, addresses: PodAddresses): string {
  const metadata = pod.metadata ?? {};
  const keyed = /^metadata\.(annotations|labels)\['([^']+)'\]$/.exec(fieldPath);
  if (keyed !== null) return (keyed[1] === "labels" ? metadata.labels : metadata.annotations)?.[keyed[2] ?? ""] ?? "";
  switch (fieldPath) {
    case "metadata.name":
      return metadata.name ?? "";
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "metadata.labels":
      return formatMap(metadata.labels);
    case "metadata.annotations":
      return formatMap(metadata.annotations);
    case "spec.nodeName":
      return pod.spec?.nodeName ?? "";
    case "spec.serviceAccountName":
      return pod.spec?.serviceAccountName ?? "default";
    case "status.podIP":
    case "status.podIPs":
      return addresses.podIP;
    case "status.hostIP":
    case "status.hostIPs":
      return addresses.hostIP;
    default:
      throw new Error(`field ${fieldPath} is not offered`);
  }
}

/** `key="value"` lines, sorted, values quoted as Go does. */
function formatMap(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join("\n");
}

/** A limit or request of a container; where it has none, what the node has. `divisor` "0" or nothing means 1. */
export function resourceValue(container: Container, resource: string, divisor: string | number | undefined): string {
  const match = /^(limits|requests)\.(.+)$/.exec(resource);
  if (match === null) throw new Error(`resource ${resource} is not offered`);
  const [, which, name = ""] = match;
  const { limits = {}, requests = {} } = container.resources ?? {};
  const asked = which === "limits" ? limits[name] : (requests[name] ?? limits[name]);
  const value = asked === undefined ? nodeHas(name) : parseQuantity(asked);
  const by = divisor === undefined || parseQuantity(divisor) === 0n ? 1_000n : parseQuantity(divisor);
  return divideQuantity(value, by).toString();
}

/** In thousandths, as parseQuantity answers. */
function nodeHas(name: string): bigint {
  if (name === "cpu") return BigInt(cpus().length) * 1000n;
  if (name === "memory") return BigInt(totalmem()) * 1000n;
  return 0n;
}
