/** Columns of Services, Endpoints, Ingresses and their kin. */
import { type JsonObject, type KubeObject, numberAt, objectAt, objectsAt, stringAt } from "../types.ts";
import type { Column } from "./column.ts";
import { ageColumn, labelsText, nameColumn, none, selectorText, specOf, text, wide } from "./common.ts";

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function portsText(service: KubeObject): string {
  const ports = objectsAt(service.spec, "ports").map((port) => {
    const nodePort = numberAt(port, "nodePort") ?? 0;
    return `${port["port"]}${nodePort > 0 ? `:${nodePort}` : ""}/${port["protocol"]}`;
  });
  return ports.length === 0 ? none : ports.join(",");
}

function ingressAddresses(owner: unknown): string[] {
  return objectsAt(objectAt(owner, "loadBalancer"), "ingress").map(
    (i) => stringAt(i, "ip") || (stringAt(i, "hostname") ?? ""),
  );
}

function externalAddress(service: KubeObject): string {
  const own = strings(specOf(service)["externalIPs"]);
  switch (stringAt(service.spec, "type")) {
    case "ClusterIP":
    case "NodePort":
      return own.length > 0 ? own.join(",") : none;
    case "LoadBalancer": {
      const all = [...ingressAddresses(service.status), ...own];
      return all.length > 0 ? all.join(",") : "<pending>";
    }
    case "ExternalName":
      return stringAt(service.spec, "externalName") ?? "";
    default:
      return "<unknown>";
  }
}

export const serviceColumns: readonly Column[] = [
  nameColumn,
  text("Type", (o) => stringAt(o.spec, "type")),
  text("Cluster-IP", (o) => strings(specOf(o)["clusterIPs"])[0] ?? none),
  text("External-IP", externalAddress),
  text("Port(s)", portsText),
  ageColumn,
  wide(text("Selector", (o) => labelsText(objectAt(o.spec, "selector")))),
];

const shown = 3;

function firstOf(all: readonly string[]): string {
  if (all.length === 0) return "";
  const list = all.slice(0, shown).join(",");
  return all.length > shown ? `${list} + ${all.length - shown} more...` : list;
}

function endpointsText(endpoints: KubeObject): string {
  const subsets = objectsAt(endpoints, "subsets");
  if (subsets.length === 0) return none;
  const all = subsets.flatMap((subset) => {
    const addresses = objectsAt(subset, "addresses").map((a) => stringAt(a, "ip") ?? "");
    const ports = objectsAt(subset, "ports");
    return ports.length === 0 ? addresses : ports.flatMap((port) => addresses.map((ip) => `${ip}:${port["port"]}`));
  });
  return firstOf(all);
}

export const endpointsColumns: readonly Column[] = [nameColumn, text("Endpoints", endpointsText), ageColumn];

function slicePorts(slice: KubeObject): string {
  const ports = objectsAt(slice, "ports").map((p) => String(p["port"] ?? "*"));
  return ports.length === 0 ? "<unset>" : firstOf(ports);
}

function sliceEndpoints(slice: KubeObject): string {
  const all = objectsAt(slice, "endpoints").flatMap((e) => strings(e["addresses"]));
  return all.length === 0 ? "<unset>" : firstOf(all);
}

export const endpointSliceColumns: readonly Column[] = [
  nameColumn,
  text("AddressType", (o) => stringAt(o, "addressType")),
  text("Ports", slicePorts),
  text("Endpoints", sliceEndpoints),
  ageColumn,
];

function hosts(ingress: KubeObject): string {
  const all = objectsAt(ingress.spec, "rules")
    .map((r) => stringAt(r, "host") ?? "")
    .filter((h) => h !== "");
  return all.length === 0 ? "*" : firstOf(all);
}

export const ingressColumns: readonly Column[] = [
  nameColumn,
  text("Class", (o) => stringAt(o.spec, "ingressClassName") ?? none),
  text("Hosts", hosts),
  text("Address", (o) => ingressAddresses(o.status).join(",")),
  text("Ports", (o) => (objectsAt(o.spec, "tls").length > 0 ? "80, 443" : "80")),
  ageColumn,
];

function parameters(ingressClass: KubeObject): string {
  const reference: JsonObject | undefined = objectAt(ingressClass.spec, "parameters");
  if (reference === undefined) return none;
  const group = stringAt(reference, "apiGroup");
  return `${reference["kind"]}${group === undefined ? "" : `.${group}`}/${reference["name"]}`;
}

export const ingressClassColumns: readonly Column[] = [
  nameColumn,
  text("Controller", (o) => stringAt(o.spec, "controller")),
  text("Parameters", parameters),
  ageColumn,
];

export const networkPolicyColumns: readonly Column[] = [
  nameColumn,
  text("Pod-Selector", (o) => selectorText(specOf(o)["podSelector"])),
  ageColumn,
];
