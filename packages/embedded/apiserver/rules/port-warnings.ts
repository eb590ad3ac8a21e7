/** Ports of a pod's containers that are declared twice, or so that one hides another: in Kubernetes' words. */
import { type JsonObject, numberAt, stringAt } from "../types.ts";

/** A port of a container, and the path of its field. */
export interface DeclaredPort {
  readonly field: string;
  readonly port: JsonObject;
}

/** Nobody reads more, and every port compared with every other would hold the event loop. */
const enough = 100;

const hostIp = ({ port }: DeclaredPort): string => stringAt(port, "hostIP") ?? "";
const hostPort = ({ port }: DeclaredPort): number => numberAt(port, "hostPort") ?? 0;

/** `ports` are those of all containers of the pod, in order. */
export function portWarnings(ports: readonly DeclaredPort[]): string[] {
  const byNumber = new Map<string, DeclaredPort[]>();
  const byName = new Map<string, string>();
  const warnings: string[] = [];
  const nameWarnings: string[] = [];
  for (const declared of ports) {
    const { field, port } = declared;
    if (hostIp(declared) !== "" && hostPort(declared) === 0)
      warnings.push(`${field}: hostIP set without hostPort: ${goText(declared)}`);
    const key = `${port["containerPort"]}/${port["protocol"]}`;
    const others = byNumber.get(key) ?? [];
    for (const other of warnings.length < enough ? others : []) {
      const relation = relationOf(declared, other);
      if (relation !== undefined) warnings.push(`${field}: ${relation} port definition with ${other.field}`);
    }
    if (others.length < enough) others.push(declared);
    byNumber.set(key, others);

    const name = stringAt(port, "name") ?? "";
    const first = byName.get(name);
    if (name !== "" && first !== undefined) {
      nameWarnings.push(
        `${field}: duplicate port name "${name}" with ${first}, services and probes that select ports by name will use ${first}`,
      );
    } else byName.set(name, field);
  }
  return [...warnings, ...nameWarnings];
}

function relationOf(a: DeclaredPort, b: DeclaredPort): string | undefined {
  if (hostIp(a) === hostIp(b) && hostPort(a) === hostPort(b)) return "duplicate";
  if (hostPort(a) === 0 || hostPort(b) === 0) return "overlapping";
  return hostPort(a) === hostPort(b) && (hostIp(a) === "") !== (hostIp(b) === "") ? "dangerously ambiguous" : undefined;
}

/** As Go prints the structure. */
function goText({ port }: DeclaredPort): string {
  const { name = "", containerPort, protocol, hostIP } = port;
  return `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
}
