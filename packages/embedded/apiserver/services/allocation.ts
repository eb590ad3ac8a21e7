/** Gives Services their cluster addresses and node ports, and keeps them over updates. */
import { invalid } from "../errors.ts";
import type { Resource } from "../registry/resource.ts";
import type { FieldError } from "../schema/index.ts";
import { isObject, type JsonObject, type KubeObject, objectsAt, stringAt } from "../types.ts";
import { bad } from "../validation/problems.ts";
import type { AddressRange } from "./address-range.ts";

const nodePorts = { first: 30_000, last: 32_767 };

/** What the other Services hold. */
export interface InUse {
  readonly addresses: ReadonlySet<string>;
  readonly nodePorts: ReadonlySet<number>;
}

export function inUse(services: Iterable<KubeObject>, except: string | undefined): InUse {
  const addresses = new Set<string>();
  const ports = new Set<number>();
  for (const service of services) {
    if (except !== undefined && service.metadata.uid === except) continue;
    const address = stringAt(service.spec, "clusterIP") ?? "";
    if (address !== "" && address !== "None") addresses.add(address);
    for (const port of objectsAt(service.spec, "ports"))
      if (typeof port["nodePort"] === "number") ports.add(port["nodePort"]);
    const health = isObject(service.spec) ? service.spec["healthCheckNodePort"] : undefined;
    if (typeof health === "number" && health > 0) ports.add(health);
  }
  return { addresses, nodePorts: ports };
}

/** Keeps what the old Service had where the new one says nothing. */
export function keepAllocated(service: KubeObject, old: KubeObject): void {
  const [spec, before] = [service.spec, old.spec];
  if (!isObject(spec) || !isObject(before)) return;
  if (needsAddress(spec) && needsAddress(before)) {
    if ((stringAt(spec, "clusterIP") ?? "") === "") spec["clusterIP"] = before["clusterIP"];
    const given = Array.isArray(spec["clusterIPs"]) ? spec["clusterIPs"] : [];
    if (given.length === 0 && spec["clusterIP"] === before["clusterIP"]) spec["clusterIPs"] = before["clusterIPs"];
    spec["ipFamilies"] ??= before["ipFamilies"];
    spec["ipFamilyPolicy"] ??= before["ipFamilyPolicy"];
  }
  if (needsNodePort(spec) && needsNodePort(before)) {
    const known = new Map(objectsAt(before, "ports").map((p) => [stringAt(p, "name") ?? "", p["nodePort"]]));
    for (const port of objectsAt(spec, "ports")) {
      if (port["nodePort"] === undefined || port["nodePort"] === 0)
        port["nodePort"] = known.get(stringAt(port, "name") ?? "");
      if (port["nodePort"] === undefined) delete port["nodePort"];
    }
  }
  if (needsHealthPort(spec) && needsHealthPort(before)) spec["healthCheckNodePort"] ??= before["healthCheckNodePort"];
  dropTypeDependent(spec, before);
}

/** Fields that belong to the old type go when they were not changed by hand. */
function dropTypeDependent(spec: JsonObject, before: JsonObject): void {
  if (needsAddress(before) && !needsAddress(spec) && spec["clusterIP"] === before["clusterIP"]) {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"])
      delete spec[field];
  }
  if (needsNodePort(before) && !needsNodePort(spec)) {
    const known = new Set(objectsAt(before, "ports").map((p) => p["nodePort"]));
    for (const port of objectsAt(spec, "ports")) if (known.has(port["nodePort"])) delete port["nodePort"];
  }
  if (needsHealthPort(before) && !needsHealthPort(spec)) delete spec["healthCheckNodePort"];
  if (spec["type"] !== "LoadBalancer" && before["type"] === "LoadBalancer") {
    if (spec["allocateLoadBalancerNodePorts"] === before["allocateLoadBalancerNodePorts"])
      delete spec["allocateLoadBalancerNodePorts"];
    if (spec["loadBalancerClass"] === before["loadBalancerClass"]) delete spec["loadBalancerClass"];
  }
  const wasExternal = needsNodePort(before);
  if (
    wasExternal &&
    spec["type"] === "ClusterIP" &&
    spec["externalTrafficPolicy"] === before["externalTrafficPolicy"]
  ) {
    delete spec["externalTrafficPolicy"];
  }
}

function needsAddress(spec: JsonObject): boolean {
  return spec["type"] !== "ExternalName";
}

function needsNodePort(spec: JsonObject): boolean {
  if (spec["type"] === "NodePort") return true;
  return spec["type"] === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false;
}

function needsHealthPort(spec: JsonObject): boolean {
  return spec["type"] === "LoadBalancer" && spec["externalTrafficPolicy"] === "Local";
}

/** Fills in address, families and ports. Throws a 422 for what cannot be had. */
export function allocate(
  resource: Resource,
  service: KubeObject,
  range: AddressRange,
  used: InUse,
  random: () => number,
): void {
  const { spec } = service;
  if (!isObject(spec)) return;
  const problems: FieldError[] = [];
  if (needsAddress(spec)) {
    problems.push(...allocateAddress(spec, range, used, random));
    setFamilies(spec);
  }
  problems.push(...allocatePorts(spec, used, random));
  if (problems.length > 0) throw invalid(resource, service.metadata.name ?? "", problems);
}

function allocateAddress(spec: JsonObject, range: AddressRange, used: InUse, random: () => number): FieldError[] {
  const list = Array.isArray(spec["clusterIPs"]) ? spec["clusterIPs"].map(String) : [];
  const asked = stringAt(spec, "clusterIP") || list[0] || "";
  if (asked !== "") {
    spec["clusterIP"] = asked;
    if (list.length === 0) spec["clusterIPs"] = [asked];
    if (asked === "None") return [];
    if (!range.contains(asked)) {
      const why = `failed to allocate IP ${asked}: the provided network does not match the current range`;
      return [bad("spec.clusterIPs", [asked], why)];
    }
    return used.addresses.has(asked)
      ? [bad("spec.clusterIPs", [asked], `failed to allocate IP ${asked}: provided IP is already allocated`)]
      : [];
  }
  for (const candidate of range.candidates(random)) {
    if (used.addresses.has(candidate)) continue;
    spec["clusterIP"] = candidate;
    spec["clusterIPs"] = [candidate];
    return [];
  }
  return [bad("spec.clusterIPs", [""], "failed to allocate a serviceIP: range is full")];
}

/** One address family here; headless Services without a selector say both, as upstream's do. */
function setFamilies(spec: JsonObject): void {
  const isFree =
    spec["clusterIP"] === "None" && Object.keys(isObject(spec["selector"]) ? spec["selector"] : {}).length === 0;
  spec["ipFamilyPolicy"] ??= isFree ? "RequireDualStack" : "SingleStack";
  const families = Array.isArray(spec["ipFamilies"]) ? spec["ipFamilies"] : [];
  if (families.length === 0)
    spec["ipFamilies"] = isFree && spec["ipFamilyPolicy"] !== "SingleStack" ? ["IPv4", "IPv6"] : ["IPv4"];
}

function allocatePorts(spec: JsonObject, used: InUse, random: () => number): FieldError[] {
  const problems: FieldError[] = [];
  const taken = new Set(used.nodePorts);
  if (needsNodePort(spec)) {
    // One port by two protocols (TCP and UDP) is one node port.
    const own = new Map<unknown, unknown>();
    objectsAt(spec, "ports").forEach((port, i) => {
      const asked = port["nodePort"];
      const shared = own.get(port["port"]);
      if (typeof asked !== "number" || asked === 0) port["nodePort"] = shared ?? freePort(taken, random);
      else if (asked !== shared) problems.push(...askedPortProblems(asked, `spec.ports[${i}].nodePort`, taken));
      own.set(port["port"], port["nodePort"]);
      taken.add(Number(port["nodePort"]));
    });
  }
  if (needsHealthPort(spec) && !(Number(spec["healthCheckNodePort"] ?? 0) > 0))
    spec["healthCheckNodePort"] = freePort(taken, random);
  return problems;
}

function askedPortProblems(port: number, field: string, taken: ReadonlySet<number>): FieldError[] {
  if (port < nodePorts.first || port > nodePorts.last) {
    const range = `${nodePorts.first}-${nodePorts.last}`;
    return [bad(field, port, `provided port is not in the valid range. The range of valid ports is ${range}`)];
  }
  return taken.has(port) ? [bad(field, port, "provided port is already allocated")] : [];
}

function freePort(taken: ReadonlySet<number>, random: () => number): number {
  const count = nodePorts.last - nodePorts.first + 1;
  const start = Math.floor(random() * count);
  for (let i = 0; i < count; i++) {
    const port = nodePorts.first + ((start + i) % count);
    if (!taken.has(port)) return port;
  }
  throw new Error("no free node port is left");
}
