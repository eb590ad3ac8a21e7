/** Services: ports, types, addresses. */
import { isIP } from "node:net";
import { equal, type FieldError } from "../schema/index.ts";
import { isObject, type JsonObject, type KubeObject, objectAt, objectsAt, stringAt } from "../types.ts";
import { labelsProblems } from "./metadata.ts";
import { dnsLabelProblem, dnsSubdomainProblem, portNameProblem } from "./names.ts";
import { portNumber } from "./numbers.ts";
import { bad, duplicate, forbidden, required, unsupported } from "./problems.ts";

const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const protocols = ["SCTP", "TCP", "UDP"];

export function serviceProblems(service: KubeObject): FieldError[] {
  const spec = isObject(service.spec) ? service.spec : {};
  const type = stringAt(spec, "type") ?? "";
  const isHeadless = stringAt(spec, "clusterIP") === "None";
  const ports = objectsAt(spec, "ports");
  const problems: FieldError[] = [];
  if (ports.length === 0 && !isHeadless && type !== "ExternalName") problems.push(required("spec.ports"));
  if (type === "LoadBalancer" || type === "NodePort") {
    if (isHeadless) {
      const name = type === "NodePort" ? "NodePort" : "LoadBalancer";
      problems.push(bad("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${name} services`));
    }
  }
  if (type === "ExternalName") {
    const name = stringAt(spec, "externalName") ?? "";
    if (name === "") problems.push(required("spec.externalName"));
    else {
      const problem = dnsSubdomainProblem(name.replace(/\.$/, ""));
      if (problem !== undefined) problems.push(bad("spec.externalName", name, problem));
    }
    if ((stringAt(spec, "clusterIP") ?? "") !== "")
      problems.push(forbidden("spec.clusterIPs", "may not be set when type is 'ExternalName'"));
  }
  if (!types.includes(type)) problems.push(unsupported("spec.type", type, types));
  problems.push(...portsProblems(ports, type));
  problems.push(...labelsProblems(objectAt(spec, "selector") as Record<string, string> | undefined, "spec.selector"));
  const affinity = stringAt(spec, "sessionAffinity") ?? "";
  if (affinity !== "None" && affinity !== "ClientIP")
    problems.push(unsupported("spec.sessionAffinity", affinity, ["ClientIP", "None"]));
  const address = stringAt(spec, "clusterIP") ?? "";
  if (address !== "" && address !== "None" && isIP(address) === 0) {
    problems.push(bad("spec.clusterIPs[0]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
  }
  return [...problems, ...policyProblems(spec, type)];
}

function policyProblems(spec: JsonObject, type: string): FieldError[] {
  const external = stringAt(spec, "externalTrafficPolicy");
  const problems: FieldError[] = [];
  const isExternal =
    type === "LoadBalancer" ||
    type === "NodePort" ||
    (Array.isArray(spec["externalIPs"]) && spec["externalIPs"].length > 0);
  if (external !== undefined && !isExternal) {
    problems.push(bad("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services"));
  } else if (external !== undefined && external !== "Cluster" && external !== "Local") {
    problems.push(unsupported("spec.externalTrafficPolicy", external, ["Cluster", "Local"]));
  }
  return problems;
}

function portsProblems(ports: readonly JsonObject[], type: string): FieldError[] {
  const names = new Set<string>();
  const seen = new Set<string>();
  const nodePorts = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const problems: FieldError[] = [];
    const name = stringAt(port, "name") ?? "";
    if (name === "") {
      if (ports.length > 1) problems.push(required(`${at}.name`));
    } else {
      const problem = dnsLabelProblem(name);
      if (problem !== undefined) problems.push(bad(`${at}.name`, name, problem));
      if (names.has(name)) problems.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    problems.push(...portNumber(`${at}.port`, port["port"]));
    const protocol = stringAt(port, "protocol") ?? "";
    if (!protocols.includes(protocol)) problems.push(unsupported(`${at}.protocol`, protocol, protocols));
    const target = port["targetPort"];
    if (typeof target === "number") problems.push(...portNumber(`${at}.targetPort`, target));
    else if (typeof target === "string") {
      const problem = portNameProblem(target);
      if (problem !== undefined) problems.push(bad(`${at}.targetPort`, target, problem));
    }
    const key = `${protocol}/${port["port"]}`;
    if (seen.has(key))
      problems.push({ ...duplicate(at, { ...(name !== "" && { name }), protocol, port: port["port"] }) });
    seen.add(key);
    const nodePort = port["nodePort"];
    if (nodePort !== undefined && nodePort !== 0) {
      if (type === "ClusterIP")
        problems.push(forbidden(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
      const nodeKey = `${protocol}/${nodePort}`;
      if (nodePorts.has(nodeKey)) problems.push(duplicate(`${at}.nodePort`, nodePort));
      nodePorts.add(nodeKey);
    }
    return problems;
  });
}

export function serviceUpdateProblems(service: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [stringAt(service.spec, "clusterIP") ?? "", stringAt(old.spec, "clusterIP") ?? ""];
  const wasNamed = stringAt(old.spec, "type") === "ExternalName" || stringAt(service.spec, "type") === "ExternalName";
  const problems: FieldError[] = [];
  if (!wasNamed && before !== "" && now !== before) {
    problems.push(bad("spec.clusterIPs[0]", [now], "may not change once set"));
  }
  const [className, oldName] = [stringAt(service.spec, "loadBalancerClass"), stringAt(old.spec, "loadBalancerClass")];
  const stays = stringAt(service.spec, "type") === "LoadBalancer" && stringAt(old.spec, "type") === "LoadBalancer";
  if (stays && !equal(className, oldName))
    problems.push(bad("spec.loadBalancerClass", className ?? null, "may not change once set"));
  return problems;
}
