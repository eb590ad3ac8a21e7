/** A container, as users add it beside ours: sidecars and init containers. */
import type { Static } from "typebox";
import { atomicList, boolean, int32, mapList, named, object, optional, setList, string } from "../schema/builders.ts";
import { resourceRequirements } from "./compute.ts";
import { envFromSource, envVar } from "./environment.ts";
import { lifecycle, probe } from "./probes.ts";
import { securityContext } from "./security.ts";

export const volumeMount = named(
  "VolumeMount",
  object({
    mountPath: string(),
    mountPropagation: optional(string()),
    name: string(),
    readOnly: optional(boolean()),
    recursiveReadOnly: optional(string()),
    subPath: optional(string()),
    subPathExpr: optional(string()),
  }),
);
export interface VolumeMount extends Static<typeof volumeMount> {}

const containerPort = object({
  containerPort: int32(),
  hostIP: optional(string()),
  hostPort: optional(int32()),
  name: optional(string()),
  protocol: optional(string({ default: "TCP" })),
});

const restartRule = object({
  action: string(),
  exitCodes: optional(object({ operator: string(), values: optional(setList(int32())) })),
});

export const container = named(
  "Container",
  object({
    args: optional(atomicList(string())),
    command: optional(atomicList(string())),
    env: optional(mapList(envVar)),
    envFrom: optional(atomicList(envFromSource)),
    image: optional(string()),
    imagePullPolicy: optional(string()),
    lifecycle: optional(lifecycle),
    livenessProbe: optional(probe),
    name: string(),
    ports: optional(mapList(containerPort, ["containerPort", "protocol"])),
    readinessProbe: optional(probe),
    resizePolicy: optional(atomicList(object({ resourceName: string(), restartPolicy: string() }))),
    resources: optional(resourceRequirements),
    restartPolicy: optional(string()),
    restartPolicyRules: optional(atomicList(restartRule)),
    securityContext: optional(securityContext),
    startupProbe: optional(probe),
    stdin: optional(boolean()),
    stdinOnce: optional(boolean()),
    terminationMessagePath: optional(string()),
    terminationMessagePolicy: optional(string()),
    tty: optional(boolean()),
    volumeDevices: optional(mapList(object({ devicePath: string(), name: string() }), ["devicePath"])),
    volumeMounts: optional(mapList(volumeMount, ["mountPath"])),
    workingDir: optional(string()),
  }),
);
export interface Container extends Static<typeof container> {}
