/** What the pod's and the container's security contexts come to. Pure. */

import { totalmem } from "node:os";
import type { Container, Pod } from "@keelson/kube";
import type { Limits } from "../runtime/config.ts";
import { quantityMilli, quantityUnits } from "../volumes/quantity.ts";

/** The container's own word wins over the pod's. */
export interface EffectiveSecurity {
  readonly runAsUser: number | undefined;
  readonly runAsGroup: number | undefined;
  readonly runAsNonRoot: boolean;
  readonly supplementalGroups: readonly number[];
  readonly readOnlyRoot: boolean;
  readonly privileged: boolean;
  readonly noNewPrivileges: boolean;
  readonly add: readonly string[];
  readonly drop: readonly string[];
  /** False: no filter of system calls, Kubernetes' default. */
  readonly seccomp: boolean;
}

export function effectiveSecurity(pod: Pod, container: Container): EffectiveSecurity {
  const shared = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  const seccomp = (own.seccompProfile ?? shared.seccompProfile)?.type;
  return {
    runAsUser: own.runAsUser ?? shared.runAsUser,
    runAsGroup: own.runAsGroup ?? shared.runAsGroup,
    runAsNonRoot: own.runAsNonRoot ?? shared.runAsNonRoot ?? false,
    supplementalGroups: [
      ...(shared.supplementalGroups ?? []),
      ...(shared.fsGroup === undefined ? [] : [shared.fsGroup]),
    ],
    readOnlyRoot: own.readOnlyRootFilesystem ?? false,
    privileged: own.privileged ?? false,
    noNewPrivileges: own.allowPrivilegeEscalation === false,
    add: own.capabilities?.add ?? [],
    drop: own.capabilities?.drop ?? [],
    seccomp: seccomp === "RuntimeDefault",
  };
}

/** Limits of a container's cgroup. */
export function containerLimits(container: Container): Limits {
  const { limits = {}, requests = {} } = container.resources ?? {};
  const memory = quantityUnits(limits["memory"]);
  const milliCpu = quantityMilli(limits["cpu"]);
  const milliCpuRequest = quantityMilli(requests["cpu"]);
  return {
    ...(memory === undefined || memory === 0 ? {} : { memory }),
    ...(milliCpu === undefined || milliCpu === 0 ? {} : { milliCpu }),
    ...(milliCpuRequest === undefined ? {} : { milliCpuRequest }),
  };
}

/**
 * How early the kernel kills a container when memory runs out: by the pod's quality of service, as the kubelet sets it.
 * Guaranteed pods get 0 here: a negative value needs a right that not every machine gives.
 */
export function oomScoreAdj(pod: Pod, container: Container): number {
  const all = pod.spec?.containers ?? [];
  const amounts = all.flatMap(({ resources }) => [
    ...Object.entries(resources?.requests ?? {}),
    ...Object.entries(resources?.limits ?? {}),
  ]);
  if (amounts.length === 0) return 1000;
  const guaranteed = all.every(({ resources }) =>
    ["cpu", "memory"].every((name) => {
      const limit = resources?.limits?.[name];
      return limit !== undefined && quantityMilli(resources?.requests?.[name] ?? limit) === quantityMilli(limit);
    }),
  );
  if (guaranteed) return 0;
  const requested = quantityUnits(container.resources?.requests?.["memory"]) ?? 0;
  return Math.min(999, Math.max(2, 1000 - Math.floor((1000 * requested) / totalmem())));
}
