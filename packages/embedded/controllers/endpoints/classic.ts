/** The older Endpoints object of a Service, and slices that mirror Endpoints written by others (Patroni, people). Pure. */
import { canonicalJson } from "@keelson/kube";
import { type Action, refOf } from "../execution/actions.ts";
import { sameMeaning } from "../objects/canonical.ts";
import type {
  Endpoint,
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
  Labels,
  Service,
} from "../objects/types.ts";
import type { Backend } from "./service-endpoints.ts";
import { MANAGED_BY, SERVICE_LABEL, type SliceContent, split } from "./slices.ts";

export const MIRROR_MANAGER = "endpointslicemirroring-controller.k8s.io";
/** Endpoints with this label are nobody's business but their writer's. */
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";
/** Endpoints that are somebody's lock (client-go's old leader election). */
const LEADER = "control-plane.alpha.kubernetes.io/leader";
const HEADLESS = "service.kubernetes.io/headless";
/** Put on what the endpoints controller writes, as kube-controller-manager 1.34 does. */
const MANAGED = "endpoints.kubernetes.io/managed-by";
const MANAGER = "endpoint-controller";

/** What the Endpoints of a Service with a selector must be, as one action or none. */
export function endpointsActions(
  service: Service,
  backends: readonly Backend[],
  present: Endpoints | undefined,
): readonly Action[] {
  const subsets = subsetsOf(
    backends.filter((backend) => !backend.terminating || service.spec?.publishNotReadyAddresses === true),
  );
  const headless = service.spec?.clusterIP === "None" || service.spec?.clusterIP === undefined;
  const { [HEADLESS]: _, ...own } = service.metadata.labels ?? {};
  const labels: Labels = { ...own, [MANAGED]: MANAGER, ...(headless ? { [HEADLESS]: "" } : {}) };
  if (present === undefined) {
    const { name = "", namespace = "" } = service.metadata;
    const object = {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name, namespace, labels },
      ...(subsets.length === 0 ? {} : { subsets }),
    };
    return [{ type: "create", kind: "Endpoints", object }];
  }
  if (sameMeaning(normalized(present.subsets), normalized(subsets)) && sameMeaning(present.metadata.labels, labels))
    return [];
  const { subsets: _old, ...rest } = present;
  const object = {
    ...rest,
    metadata: { ...present.metadata, labels },
    ...(subsets.length === 0 ? {} : { subsets }),
  } as Endpoints;
  return [{ type: "replace", kind: "Endpoints", object }];
}

/** Removes the Endpoints that we wrote for a Service that is gone. */
export function orphanedEndpoints(present: Endpoints | undefined): readonly Action[] {
  if (present?.metadata.labels?.[MANAGED] !== MANAGER) return [];
  return [{ type: "delete", kind: "Endpoints", ref: refOf(present), uid: present.metadata.uid }];
}

/** Whether slices must mirror these Endpoints: the Service of the same name has no selector, and nobody objects. */
export function isMirrored(endpoints: Endpoints, service: Service | undefined): boolean {
  if (service === undefined || Object.keys(service.spec?.selector ?? {}).length > 0) return false;
  return endpoints.metadata.labels?.[SKIP_MIRROR] !== "true" && endpoints.metadata.annotations?.[LEADER] === undefined;
}

/** Labels of mirroring slices. */
export function mirrorLabels(endpoints: Endpoints): Labels {
  return { ...endpoints.metadata.labels, [SERVICE_LABEL]: endpoints.metadata.name ?? "", [MANAGED_BY]: MIRROR_MANAGER };
}

/** Contents of the slices that mirror Endpoints. */
export function mirrorContents(endpoints: Endpoints): readonly SliceContent[] {
  return (endpoints.subsets ?? []).flatMap((subset) => {
    const ports: readonly EndpointPort[] = (subset.ports ?? []).map(
      ({ name = "", port, protocol = "TCP", appProtocol }) => ({
        name,
        port,
        protocol,
        ...(appProtocol === undefined ? {} : { appProtocol }),
      }),
    );
    const all = [
      ...(subset.addresses ?? []).map((address) => mirrored(address, true)),
      ...(subset.notReadyAddresses ?? []).map((address) => mirrored(address, false)),
    ];
    return (["IPv4", "IPv6"] as const).flatMap((addressType) => {
      const ofType = all.filter(({ addresses }) => (addresses[0]?.includes(":") === true) === (addressType === "IPv6"));
      return split(ofType).map((part) => ({ addressType, ports, endpoints: part }));
    });
  });
}

function mirrored(address: EndpointAddress, ready: boolean): Endpoint {
  const { ip, hostname, nodeName, targetRef } = address;
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}

function subsetsOf(backends: readonly Backend[]): EndpointSubset[] {
  const groups = new Map<
    string,
    { ports: readonly EndpointPort[]; ready: EndpointAddress[]; waiting: EndpointAddress[] }
  >();
  for (const backend of backends) {
    const key = canonicalJson(backend.ports);
    const group = groups.get(key) ?? { ports: backend.ports, ready: [], waiting: [] };
    (backend.ready ? group.ready : group.waiting).push(addressOf(backend));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ ports, ready, waiting }) => ({
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(waiting.length === 0 ? {} : { notReadyAddresses: waiting }),
    ...(ports.length === 0
      ? {}
      : {
          ports: ports.map(({ name, port = 0, ...rest }) => ({
            ...(name === "" ? {} : { name: name ?? "" }),
            port,
            ...rest,
          })),
        }),
  }));
}

function addressOf({ pod, ip, hostname }: Backend): EndpointAddress {
  const nodeName = pod.spec?.nodeName;
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: {
      kind: "Pod",
      namespace: pod.metadata.namespace ?? "",
      name: pod.metadata.name ?? "",
      uid: pod.metadata.uid ?? "",
    },
  };
}

/** Subsets in an order of their own, so that the server's order does not matter. */
function normalized(subsets: readonly EndpointSubset[] | undefined): unknown {
  const sorted = <T>(list: readonly T[] | undefined) =>
    list === undefined ? undefined : [...list].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  return sorted(
    (subsets ?? []).map((subset) => ({
      addresses: sorted(subset.addresses),
      notReadyAddresses: sorted(subset.notReadyAddresses),
      ports: sorted(subset.ports),
    })),
  );
}
