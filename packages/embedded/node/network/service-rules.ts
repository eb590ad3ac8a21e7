/** Which service address leads to which pods. Pure. */

import type { EndpointSlice, Service } from "@keelson/kube";

export interface Backend {
  readonly ip: string;
  readonly port: number;
}

/** One port of a service that a node translates. */
export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly nodePort: number | undefined;
  /** Seconds that a client stays with the pod it got; undefined: every connection is dealt anew. */
  readonly affinitySeconds: number | undefined;
  readonly backends: readonly Backend[];
}

const DEFAULT_AFFINITY_SECONDS = 10_800;

/** All translated ports, in a fixed order. `slices` are all slices of all services; services without an address are left out. */
export function servicePorts(services: readonly Service[], slices: readonly EndpointSlice[]): ServicePort[] {
  const byService = Map.groupBy(
    slices,
    ({ metadata }) => `${metadata?.namespace}/${metadata?.labels?.["kubernetes.io/service-name"]}`,
  );
  const ports = services.flatMap((service) => {
    const { name = "", namespace = "" } = service.metadata ?? {};
    return portsOf(service, byService.get(`${namespace}/${name}`) ?? []);
  });
  return ports.sort((a, b) => compare(key(a), key(b)));
}

const key = (port: ServicePort): string => `${port.namespace}/${port.name}/${port.protocol}/${port.port}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function portsOf(service: Service, slices: readonly EndpointSlice[]): ServicePort[] {
  const { spec, metadata } = service;
  const ip = spec?.clusterIP;
  if (spec === undefined || ip === undefined || ip === "" || ip === "None" || spec.type === "ExternalName") return [];
  const affinity = spec.sessionAffinity === "ClientIP";
  return (spec.ports ?? []).flatMap((port): ServicePort[] => {
    const protocol = (port.protocol ?? "TCP").toLowerCase();
    if (protocol !== "tcp" && protocol !== "udp") return [];
    return [
      {
        namespace: metadata?.namespace ?? "",
        name: metadata?.name ?? "",
        ip,
        protocol,
        port: port.port,
        nodePort: port.nodePort,
        affinitySeconds: affinity
          ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS)
          : undefined,
        backends: backendsOf(slices, port.name ?? "", protocol, spec.publishNotReadyAddresses ?? false),
      },
    ];
  });
}

/** Ready endpoints; if there is none, those that still serve while they end. */
function backendsOf(slices: readonly EndpointSlice[], portName: string, protocol: string, all: boolean): Backend[] {
  const ready = new Map<string, Backend>();
  const serving = new Map<string, Backend>();
  for (const slice of slices.filter(({ addressType }) => addressType === "IPv4")) {
    const port = slice.ports?.find(
      (each) => (each.name ?? "") === portName && (each.protocol ?? "TCP").toLowerCase() === protocol,
    )?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions } of slice.endpoints ?? []) {
      for (const ip of addresses) {
        const backend = { ip, port };
        if (all || conditions?.ready !== false) ready.set(`${ip}:${port}`, backend);
        else if (conditions?.serving === true && conditions.terminating === true) serving.set(`${ip}:${port}`, backend);
      }
    }
  }
  const chosen = ready.size > 0 ? ready : serving;
  return [...chosen].sort(([a], [b]) => compare(a, b)).map(([, backend]) => backend);
}
