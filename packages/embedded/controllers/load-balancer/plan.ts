/** Addresses of load balancers, and what is forwarded where. Pure. */
import { sameMeaning } from "../objects/canonical.ts";
import type { Service, ServicePort } from "../objects/types.ts";

/** One port of this machine that leads to a Service. */
export interface Forward {
  readonly ip: string;
  readonly port: number;
  /** Service address and port inside the cluster. */
  readonly target: { readonly host: string; readonly port: number };
  /** `namespace/name` of the Service. */
  readonly service: string;
}

/** What is to be on this machine, and what Services' statuses must say. */
export interface Balancing {
  readonly forwards: readonly Forward[];
  /** Services whose status must change, with the address; undefined = it loses the one it has. */
  readonly statuses: ReadonlyMap<Service, string | undefined>;
}

/** Every address 127.77.x.y is this machine, with nothing to configure. */
const PREFIX = "127.77.";
const FIRST = 2;
/**
 * Where NodePorts are. Not 127.0.0.1: a browser sends the portal's cookie to every port of the portal's address, and a NodePort leads
 * to a tenant's program.
 */
export const NODE_PORT_ADDRESS = "127.77.0.1";
const LAST = 254 * 254;
/** Services that ask for this class, or for none, are ours. */
const CLASS = "keelson.dev/loopback";

/**
 * Gives each Service of type LoadBalancer an address, the one it has whenever that is possible. `unusable` are addresses on which
 * another program of this machine has a needed port.
 */
export function planBalancing(services: readonly Service[], unusable: ReadonlySet<string>): Balancing {
  const balanced = [...services].filter(wantsBalancer).sort(byAge);
  const taken = new Set(unusable);
  const addresses = new Map<Service, string>();
  for (const service of balanced) {
    const kept = [service.spec?.loadBalancerIP, currentAddress(service)].find(
      (ip) => ip !== undefined && isOurs(ip) && !taken.has(ip),
    );
    if (kept === undefined) continue;
    addresses.set(service, kept);
    taken.add(kept);
  }
  for (const service of balanced) {
    if (addresses.has(service)) continue;
    const free = freeAddress(taken);
    if (free === undefined) break;
    addresses.set(service, free);
    taken.add(free);
  }
  const statuses = new Map<Service, string | undefined>();
  for (const service of services) {
    const wanted = addresses.get(service);
    const have = service.status?.loadBalancer?.ingress;
    if (
      wanted === undefined
        ? currentAddress(service) !== undefined
        : !sameMeaning(
            have?.map(({ ip }) => ip),
            [wanted],
          )
    ) {
      statuses.set(service, wanted);
    }
  }
  return { forwards: services.flatMap((service) => forwardsOf(service, addresses.get(service))), statuses };
}

/** A forward as one word. */
export function forwardId({ ip, port, target }: Forward): string {
  return `${ip}:${port}>${target.host}:${target.port}`;
}

/** Ports that cannot be relayed: only TCP is. */
export function unsupportedPorts(service: Service): readonly ServicePort[] {
  const reachable = service.spec?.type === "LoadBalancer" || service.spec?.type === "NodePort";
  return reachable ? (service.spec?.ports ?? []).filter((port) => !isTcp(port)) : [];
}

function forwardsOf(service: Service, address: string | undefined): readonly Forward[] {
  const { clusterIP, type, ports = [] } = service.spec ?? {};
  if (clusterIP === undefined || clusterIP === "" || clusterIP === "None" || isLeaving(service)) return [];
  if (type !== "LoadBalancer" && type !== "NodePort") return [];
  const name = `${service.metadata.namespace}/${service.metadata.name}`;
  return ports.filter(isTcp).flatMap(({ port, nodePort }) => {
    const target = { host: clusterIP, port };
    return [
      ...(address === undefined ? [] : [{ ip: address, port, target, service: name }]),
      ...(nodePort === undefined || nodePort === 0
        ? []
        : [{ ip: NODE_PORT_ADDRESS, port: nodePort, target, service: name }]),
    ];
  });
}

function wantsBalancer(service: Service): boolean {
  const { type, loadBalancerClass = CLASS } = service.spec ?? {};
  return type === "LoadBalancer" && loadBalancerClass === CLASS && !isLeaving(service);
}

function currentAddress(service: Service): string | undefined {
  return service.status?.loadBalancer?.ingress?.map(({ ip }) => ip).find((ip) => ip !== undefined && isOurs(ip));
}

function isOurs(ip: string): boolean {
  return ip.startsWith(PREFIX) && /^\d+\.\d+\.\d+\.\d+$/.test(ip);
}

function freeAddress(taken: ReadonlySet<string>): string | undefined {
  for (let number = FIRST; number < LAST; number++) {
    const ip = `${PREFIX}${Math.floor(number / 255)}.${number % 255}`;
    if (number % 255 !== 0 && !taken.has(ip)) return ip;
  }
  return undefined;
}

function isTcp(port: ServicePort): boolean {
  return (port.protocol ?? "TCP") === "TCP";
}

function isLeaving(service: Service): boolean {
  return service.metadata.deletionTimestamp !== undefined;
}

function byAge(a: Service, b: Service): number {
  const key = ({ metadata }: Service) => `${metadata.creationTimestamp ?? ""}/${metadata.namespace}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}
