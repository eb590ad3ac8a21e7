/** Defaults of a Service. Addresses are given out by admission. */
import type { JsonObject } from "../types.ts";
import { each, fill, member } from "./fill.ts";

const stickySeconds = 10_800;

export function defaultService(service: JsonObject): void {
  const spec = member(service, "spec");
  fill(spec, { sessionAffinity: "None", type: "ClusterIP" });
  const type = spec["type"];
  if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
  if (spec["sessionAffinity"] === "ClientIP") {
    fill(member(member(spec, "sessionAffinityConfig"), "clientIP"), { timeoutSeconds: stickySeconds });
  }
  each(spec, "ports", (port) => {
    fill(port, { protocol: "TCP" });
    const { targetPort } = port;
    if (targetPort === undefined || targetPort === 0 || targetPort === "") port["targetPort"] = port["port"];
  });
  const isExternal = type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && hasExternalIps(spec));
  if (isExternal) fill(spec, { externalTrafficPolicy: "Cluster" });
  if (type !== "ExternalName") fill(spec, { internalTrafficPolicy: "Cluster" });
  if (type === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] === undefined)
    spec["allocateLoadBalancerNodePorts"] = true;
}

function hasExternalIps(spec: JsonObject): boolean {
  return Array.isArray(spec["externalIPs"]) && spec["externalIPs"].length > 0;
}
