/** Under which user, with which rights a pod and its containers run. */
import type { Static } from "typebox";
import { atomicList, boolean, int64, named, object, optional, string } from "../schema/builders.ts";

/** AppArmor and seccomp profiles have the same shape. */
const profile = object({ localhostProfile: optional(string()), type: string() });

const seLinuxOptions = object({
  level: optional(string()),
  role: optional(string()),
  type: optional(string()),
  user: optional(string()),
});

const windowsOptions = object({
  gmsaCredentialSpec: optional(string()),
  gmsaCredentialSpecName: optional(string()),
  hostProcess: optional(boolean()),
  runAsUserName: optional(string()),
});

const capabilities = object({ add: optional(atomicList(string())), drop: optional(atomicList(string())) });

/** Security of one container. */
export const securityContext = named(
  "SecurityContext",
  object({
    allowPrivilegeEscalation: optional(boolean()),
    appArmorProfile: optional(profile),
    capabilities: optional(capabilities),
    privileged: optional(boolean()),
    procMount: optional(string()),
    readOnlyRootFilesystem: optional(boolean()),
    runAsGroup: optional(int64()),
    runAsNonRoot: optional(boolean()),
    runAsUser: optional(int64()),
    seLinuxOptions: optional(seLinuxOptions),
    seccompProfile: optional(profile),
    windowsOptions: optional(windowsOptions),
  }),
);
export interface SecurityContext extends Static<typeof securityContext> {}

/** Security of a pod. */
export const podSecurityContext = named(
  "PodSecurityContext",
  object({
    appArmorProfile: optional(profile),
    fsGroup: optional(int64()),
    fsGroupChangePolicy: optional(string()),
    runAsGroup: optional(int64()),
    runAsNonRoot: optional(boolean()),
    runAsUser: optional(int64()),
    seLinuxChangePolicy: optional(string()),
    seLinuxOptions: optional(seLinuxOptions),
    seccompProfile: optional(profile),
    supplementalGroups: optional(atomicList(int64())),
    supplementalGroupsPolicy: optional(string()),
    sysctls: optional(atomicList(object({ name: string(), value: string() }))),
    windowsOptions: optional(windowsOptions),
  }),
);
export interface PodSecurityContext extends Static<typeof podSecurityContext> {}
