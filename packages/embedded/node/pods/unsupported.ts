/** What a pod may ask for and this node does not have. Pure. */

import type { Container, Pod } from "@keelson/kube";

/** Fields that the operator never sets and that our type of a pod does not know. */
interface HostNamespaces {
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly hostUsers?: boolean;
}

/**
 * The first field of the pod that asks for what this node does not have; undefined when it can run as it is written. A pod that ran
 * without it would be another one than was asked for.
 */
export function unsupportedField({ spec }: Pod): string | undefined {
  const { hostPID, hostIPC, hostUsers } = (spec ?? {}) as HostNamespaces;
  if (hostPID === true) return "spec.hostPID: true";
  if (hostIPC === true) return "spec.hostIPC: true";
  if (hostUsers === false) return "spec.hostUsers: false";
  const { initContainers = [], containers = [] } = spec ?? {};
  return [
    localProfile("spec", spec),
    ...initContainers.map((container, i) => localProfile(`spec.initContainers[${i}]`, container)),
    ...containers.map((container, i) => localProfile(`spec.containers[${i}]`, container)),
  ].find((field) => field !== undefined);
}

function localProfile(path: string, owner: Container | Pod["spec"]): string | undefined {
  const type = owner?.securityContext?.seccompProfile?.type;
  return type === "Localhost" ? `${path}.securityContext.seccompProfile.type: Localhost` : undefined;
}
