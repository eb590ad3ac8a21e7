/** Which pods are behind a Service, and on which ports. Pure. */
import { isReady, isTerminal, isTerminating } from "../objects/pod-state.ts";
import { matchesLabels } from "../objects/selector.ts";
import type { Container, EndpointPort, Pod, Service, ServicePort } from "../objects/types.ts";

/** One pod behind a Service. */
export interface Backend {
  readonly pod: Pod;
  readonly ip: string;
  readonly hostname: string | undefined;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** In the Service's order; a port the pod does not have is left out. */
  readonly ports: readonly EndpointPort[];
}

/** The selected pods that have an address and have not ended, sorted by name. */
export function backendsOf(service: Service, pods: readonly Pod[]): readonly Backend[] {
  const publishNotReady = service.spec?.publishNotReadyAddresses === true;
  return pods
    .filter((pod) => matchesLabels(service.spec?.selector, pod.metadata.labels))
    .filter((pod) => !isTerminal(pod) && pod.status?.podIP !== undefined && pod.status.podIP !== "")
    .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
    .map((pod) => ({
      pod,
      ip: pod.status?.podIP ?? "",
      hostname: hostnameIn(service, pod),
      ready: publishNotReady || (isReady(pod) && !isTerminating(pod)),
      serving: publishNotReady || isReady(pod),
      terminating: isTerminating(pod),
      ports: portsOf(service, pod),
    }));
}

/** Headless per-pod names: the pod asked for them with `hostname` and `subdomain`. */
function hostnameIn(service: Service, pod: Pod): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  return hostname !== undefined && hostname !== "" && subdomain === service.metadata.name ? hostname : undefined;
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPort(port, pod);
    if (number === undefined) return [];
    const { name, appProtocol } = port;
    const protocol = port.protocol ?? "TCP";
    return [{ name: name ?? "", port: number, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

/** The pod's port number that a Service port means; named ones are looked up in the pod. */
export function targetPort(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort;
  if (typeof target === "number" && target !== 0) return target;
  if (target === undefined || target === 0 || target === "") return port.port;
  if (/^\d+$/.test(String(target))) return Number(target);
  const sidecars = (pod.spec?.initContainers ?? []).filter(
    (c) => (c as { restartPolicy?: string }).restartPolicy === "Always",
  );
  const containers: readonly Container[] = [...(pod.spec?.containers ?? []), ...sidecars];
  const ports = containers.flatMap((container) => container.ports ?? []);
  return ports.find((each) => each.name === target && (each.protocol ?? "TCP") === (port.protocol ?? "TCP"))
    ?.containerPort;
}

/** Whether somebody else keeps this Service's endpoints (or nobody does): it has no selector, or is only a name. */
export function isSelectorless(service: Service): boolean {
  return (
    service.spec?.selector === undefined ||
    Object.keys(service.spec.selector).length === 0 ||
    service.spec.type === "ExternalName"
  );
}
