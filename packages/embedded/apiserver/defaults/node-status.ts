/** The status of a new node: what its kubelet will fill in is there from the start, empty. */
import { isObject, type JsonObject, objectAt } from "../types.ts";

const facts = [
  "architecture",
  "bootID",
  "containerRuntimeVersion",
  "kernelVersion",
  "kubeProxyVersion",
  "kubeletVersion",
  "machineID",
  "operatingSystem",
  "osImage",
  "systemUUID",
];

export function nodeStatus(given: unknown): JsonObject {
  const status = isObject(given) ? given : {};
  const empty = Object.fromEntries(facts.map((fact) => [fact, ""]));
  const port = objectAt(objectAt(status, "daemonEndpoints"), "kubeletEndpoint")?.["Port"] ?? 0;
  return {
    ...status,
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
    nodeInfo: { ...empty, ...objectAt(status, "nodeInfo") },
  };
}
