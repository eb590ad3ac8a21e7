/** Defaults of a pod's spec: those that templates get too, and those that only pods get. */
import type { JsonObject } from "../types.ts";
import { each, fill, fillNumber, member, within } from "./fill.ts";
import { defaultPullPolicy } from "./image.ts";
import { defaultFieldRef, defaultVolume } from "./volumes.ts";

const containerLists = ["initContainers", "containers"] as const;

/** For pods and for every pod template. */
export function defaultPodSpec(spec: JsonObject): void {
  fill(spec, {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: "default-scheduler",
  });
  each(spec, "volumes", defaultVolume);
  for (const list of containerLists) each(spec, list, defaultContainer);
  each(spec, "ephemeralContainers", defaultContainer);
  if (spec["serviceAccountName"] !== undefined) spec["serviceAccount"] = spec["serviceAccountName"];
  else if (spec["serviceAccount"] !== undefined) spec["serviceAccountName"] = spec["serviceAccount"];
  if (spec["hostNetwork"] === true) for (const list of containerLists) each(spec, list, defaultHostPorts);
}

/** For pods alone: templates show what the user wrote. */
export function defaultPod(pod: JsonObject): void {
  const spec = member(pod, "spec");
  defaultPodSpec(spec);
  for (const list of containerLists) each(spec, list, defaultRequests);
  if (spec["enableServiceLinks"] === undefined) spec["enableServiceLinks"] = true;
}

function defaultContainer(container: JsonObject): void {
  fill(container, {
    imagePullPolicy: defaultPullPolicy(String(container["image"] ?? "")),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
  });
  each(container, "ports", (port) => fill(port, { protocol: "TCP" }));
  each(container, "env", (variable) =>
    within(variable, "valueFrom", (from) => within(from, "fieldRef", defaultFieldRef)),
  );
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) within(container, probe, defaultProbe);
  within(container, "lifecycle", (lifecycle) => {
    for (const hook of ["postStart", "preStop"])
      within(lifecycle, hook, (handler) => within(handler, "httpGet", defaultHttpGet));
  });
}

function defaultProbe(probe: JsonObject): void {
  fillNumber(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  within(probe, "httpGet", defaultHttpGet);
  within(probe, "grpc", (grpc) => {
    if (grpc["service"] === undefined || grpc["service"] === null) grpc["service"] = "";
  });
}

function defaultHttpGet(action: JsonObject): void {
  fill(action, { path: "/", scheme: "HTTP" });
}

function defaultHostPorts(container: JsonObject): void {
  each(container, "ports", (port) => fillNumber(port, { hostPort: Number(port["containerPort"] ?? 0) }));
}

/** A limit without a request is a request too. */
function defaultRequests(container: JsonObject): void {
  within(container, "resources", (resources) =>
    within(resources, "limits", (limits) => {
      if (Object.keys(limits).length > 0) fill(member(resources, "requests"), limits);
    }),
  );
}
