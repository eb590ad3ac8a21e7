/** Names of the cluster: services, pods behind headless services, and back from addresses. Pure. */

import type { EndpointSlice, Service } from "@keelson/kube";
import { CLUSTER_DOMAIN } from "./addresses.ts";

export type DnsAnswer =
  | { readonly type: "A"; readonly name: string; readonly data: string }
  | { readonly type: "CNAME" | "PTR"; readonly name: string; readonly data: string }
  | {
      readonly type: "SRV";
      readonly name: string;
      readonly data: { priority: number; weight: number; port: number; target: string };
    };

export interface DnsResult {
  /** False: there is no such name (NXDOMAIN), as opposed to no record of that type. */
  readonly exists: boolean;
  readonly answers: readonly DnsAnswer[];
  /** Addresses of SRV targets. */
  readonly additionals: readonly DnsAnswer[];
}

/** How the records are looked up; informers with an index answer it. */
export interface DnsSource {
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  hasNamespace(namespace: string): boolean;
  /** Services with this cluster address, and endpoints with this pod address. */
  byAddress(ip: string): { readonly services: readonly Service[]; readonly slices: readonly EndpointSlice[] };
}

const NONE: DnsResult = { exists: false, answers: [], additionals: [] };

/** True for names that only we know. */
export function isClusterName(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === CLUSTER_DOMAIN || lower.endsWith(`.${CLUSTER_DOMAIN}`) || lower.endsWith(".in-addr.arpa");
}

/** Answers a question about a cluster name. */
export function resolve(name: string, type: string, source: DnsSource): DnsResult {
  const lower = name.toLowerCase().replace(/\.$/, "");
  if (lower.endsWith(".in-addr.arpa")) return reverse(name, lower, source);
  const labels = lower.slice(0, -CLUSTER_DOMAIN.length - 1).split(".");
  const kind = labels.pop();
  if (kind === undefined || kind === "") return exists();
  const namespace = labels.pop();
  if (kind === "pod") return podByAddress(name, namespace, labels, type);
  if (kind !== "svc") return NONE;
  if (namespace === undefined) return exists();
  const serviceName = labels.pop();
  if (serviceName === undefined) return source.hasNamespace(namespace) ? exists() : NONE;
  const service = source.service(namespace, serviceName);
  return service === undefined
    ? NONE
    : serviceAnswer(name, type, service, labels, source.slices(namespace, serviceName));
}

const exists = (answers: readonly DnsAnswer[] = [], additionals: readonly DnsAnswer[] = []): DnsResult => ({
  exists: true,
  answers,
  additionals,
});

function podByAddress(name: string, namespace: string | undefined, labels: readonly string[], type: string): DnsResult {
  const ip = labels.at(-1)?.replaceAll("-", ".") ?? "";
  if (namespace === undefined || labels.length !== 1 || !/^\d+(\.\d+){3}$/.test(ip)) return NONE;
  return exists(type === "A" || type === "ANY" ? [{ type: "A", name, data: ip }] : []);
}

interface Endpoint {
  readonly ip: string;
  /** First label of its name below the service. */
  readonly label: string;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

/** `rest` is what stands before the service's name: nothing, a pod's name, or `_port._protocol`. */
function serviceAnswer(
  name: string,
  type: string,
  service: Service,
  rest: readonly string[],
  slices: readonly EndpointSlice[],
): DnsResult {
  const { spec = {} } = service;
  const wantsAddress = type === "A" || type === "ANY";
  if (spec.type === "ExternalName")
    return rest.length > 0 ? NONE : exists([{ type: "CNAME", name, data: spec.externalName ?? "" }]);
  const headless = spec.clusterIP === "None";
  const endpoints = headless ? endpointsOf(slices, spec.publishNotReadyAddresses ?? false) : [];
  const [first = "", second = ""] = rest;
  if (first.startsWith("_"))
    return rest.length === 2 && (type === "SRV" || type === "ANY")
      ? portAnswer(name, service, first, second, endpoints)
      : NONE;
  if (rest.length === 0) {
    const addresses = headless ? endpoints.map(({ ip }) => ip) : [spec.clusterIP ?? ""];
    if (type === "SRV") return allPorts(name, service, endpoints);
    // A headless service without endpoints has no address yet, as CoreDNS says it.
    if (headless && addresses.length === 0) return NONE;
    return exists(wantsAddress ? addresses.map((ip) => ({ type: "A", name, data: ip })) : []);
  }
  const own = endpoints.filter(({ label }) => label === first);
  if (rest.length !== 1 || own.length === 0) return NONE;
  return exists(wantsAddress ? own.map(({ ip }) => ({ type: "A", name, data: ip })) : []);
}

function endpointsOf(slices: readonly EndpointSlice[], all: boolean): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices.filter(({ addressType }) => addressType === "IPv4")) {
    const ports = (slice.ports ?? []).map(({ name, protocol, port }) => ({
      name: name ?? "",
      protocol: (protocol ?? "TCP").toLowerCase(),
      port: port ?? 0,
    }));
    for (const endpoint of slice.endpoints ?? []) {
      if (!all && endpoint.conditions?.ready === false) continue;
      for (const ip of endpoint.addresses) {
        const known = found.get(ip)?.ports ?? [];
        found.set(ip, { ip, label: endpoint.hostname ?? ip.replaceAll(".", "-"), ports: [...known, ...ports] });
      }
    }
  }
  return [...found.values()];
}

function serviceDomain(service: Service): string {
  return `${service.metadata?.name}.${service.metadata?.namespace}.svc.${CLUSTER_DOMAIN}`;
}

function allPorts(name: string, service: Service, endpoints: readonly Endpoint[]): DnsResult {
  const named = (service.spec?.ports ?? []).map((port) =>
    portAnswer(name, service, `_${port.name ?? ""}`, `_${(port.protocol ?? "TCP").toLowerCase()}`, endpoints),
  );
  return exists(
    named.flatMap(({ answers }) => answers),
    named.flatMap(({ additionals }) => additionals),
  );
}

function portAnswer(
  name: string,
  service: Service,
  portLabel: string,
  protocolLabel: string,
  endpoints: readonly Endpoint[],
): DnsResult {
  const [wanted, protocol] = [portLabel.slice(1), protocolLabel.slice(1)];
  const port = service.spec?.ports?.find(
    (each) => (each.name ?? "").toLowerCase() === wanted && (each.protocol ?? "TCP").toLowerCase() === protocol,
  );
  if (port === undefined) return NONE;
  const domain = serviceDomain(service);
  const targets =
    service.spec?.clusterIP === "None"
      ? endpoints.flatMap(({ ip, label, ports }) =>
          ports
            .filter((each) => each.name === (port.name ?? "") && each.protocol === protocol)
            .map((each) => ({ target: `${label}.${domain}`, ip, port: each.port })),
        )
      : [{ target: domain, ip: service.spec?.clusterIP ?? "", port: port.port }];
  if (targets.length === 0) return NONE;
  const weight = Math.max(1, Math.floor(100 / targets.length));
  return exists(
    targets.map(({ target, port: number }) => ({
      type: "SRV",
      name,
      data: { priority: 0, weight, port: number, target },
    })),
    targets.map(({ target, ip }) => ({ type: "A", name: target, data: ip })),
  );
}

function reverse(name: string, lower: string, source: DnsSource): DnsResult {
  const ip = lower.slice(0, -".in-addr.arpa".length).split(".").reverse().join(".");
  const { services, slices } = source.byAddress(ip);
  const ofServices = services.map(serviceDomain);
  const ofPods = slices.flatMap((slice) => {
    const service = slice.metadata?.labels?.["kubernetes.io/service-name"];
    const own = (slice.endpoints ?? []).filter(
      ({ addresses, hostname }) => addresses.includes(ip) && hostname !== undefined,
    );
    return own.map(({ hostname }) => `${hostname}.${service}.${slice.metadata?.namespace}.svc.${CLUSTER_DOMAIN}`);
  });
  const names = [...new Set([...ofServices, ...ofPods])];
  return names.length === 0 ? NONE : exists(names.map((data) => ({ type: "PTR", name, data })));
}
