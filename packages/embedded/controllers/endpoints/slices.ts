/** EndpointSlices for a Service. Pure. */
import { canonicalJson } from "@keelson/kube";
import { type Action, refOf } from "../execution/actions.ts";
import { contentHash, sameMeaning } from "../objects/canonical.ts";
import { controllerReference } from "../objects/owners.ts";
import type { Endpoint, EndpointPort, EndpointSlice, Labels, Node, Service } from "../objects/types.ts";
import type { Backend } from "./service-endpoints.ts";

export const SERVICE_LABEL = "kubernetes.io/service-name";
export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
export const SLICES_MANAGER = "endpointslice-controller.k8s.io";
const HEADLESS = "service.kubernetes.io/headless";
/** Endpoints in one slice. Source: kube-controller-manager's default. */
const SLICE_SIZE = 100;

/** What a slice is to contain. */
export interface SliceContent {
  readonly addressType: "IPv4" | "IPv6";
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** The contents of a Service's slices: one group per set of ports. Without endpoints there is one empty slice. */
export function sliceContents(
  service: Service,
  backends: readonly Backend[],
  nodes: ReadonlyMap<string, Node>,
): readonly SliceContent[] {
  const addressType = service.spec?.ipFamilies?.[0] === "IPv6" ? "IPv6" : "IPv4";
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>();
  for (const backend of backends) {
    const key = canonicalJson(backend.ports);
    const group = groups.get(key) ?? { ports: backend.ports, endpoints: [] };
    group.endpoints.push(endpointOf(backend, nodes));
    groups.set(key, group);
  }
  if (groups.size === 0) return [{ addressType, ports: [], endpoints: [] }];
  return [...groups.values()].flatMap(({ ports, endpoints }) =>
    split(endpoints).map((part) => ({ addressType, ports, endpoints: part })),
  );
}

/** Cuts a list into slices' sizes. */
export function split<T>(list: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / SLICE_SIZE) }, (_, index) =>
    list.slice(index * SLICE_SIZE, (index + 1) * SLICE_SIZE),
  );
}

/** Labels of a Service's slices. */
export function sliceLabels(service: Service, manager: string): Labels {
  const headless = service.spec?.clusterIP === "None" && manager === SLICES_MANAGER;
  const { [HEADLESS]: _, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    [SERVICE_LABEL]: service.metadata.name ?? "",
    [MANAGED_BY]: manager,
    ...(headless ? { [HEADLESS]: "" } : {}),
  };
}

/** A Service or Endpoints that slices are made for. */
export interface SliceOwner {
  readonly apiVersion: "v1";
  readonly kind: "Service" | "Endpoints";
  readonly metadata: Service["metadata"];
}

/**
 * Makes the existing slices hold the wanted contents with as few writes as possible: equal ones stay, the one with the same
 * ports is rewritten, surplus ones go. Names are derived, so that a repeated creation is the same slice.
 */
export function planSlices(
  owner: SliceOwner,
  wanted: { readonly contents: readonly SliceContent[]; readonly labels: Labels },
  existing: readonly EndpointSlice[],
): readonly Action[] {
  const free = new Set(existing);
  const actions: Action[] = [];
  const missing: { readonly content: SliceContent; readonly index: number }[] = [];
  for (const [index, content] of wanted.contents.entries()) {
    const same = [...free].find((slice) => holds(slice, content) && sameMeaning(slice.metadata.labels, wanted.labels));
    if (same === undefined) missing.push({ content, index });
    else free.delete(same);
  }
  for (const { content, index } of missing) {
    const reusable =
      [...free].find((slice) => slice.addressType === content.addressType && sameMeaning(slice.ports, content.ports)) ??
      [...free].find((slice) => slice.addressType === content.addressType);
    const body = { ports: [...content.ports], endpoints: [...content.endpoints] };
    if (reusable !== undefined) {
      free.delete(reusable);
      const metadata = { ...reusable.metadata, labels: wanted.labels };
      actions.push({
        type: "replace",
        kind: "EndpointSlice",
        object: { ...reusable, metadata, ...body } as EndpointSlice,
      });
      continue;
    }
    const { name = "", namespace = "", uid = "" } = owner.metadata;
    const hash = contentHash([owner.kind, uid, index, existing.map((slice) => slice.metadata.name).sort()]);
    const object = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: `${name.slice(0, 240)}-${hash}`,
        namespace,
        labels: wanted.labels,
        ownerReferences: [controllerReference(owner)],
      },
      addressType: content.addressType,
      ...body,
    };
    actions.push({ type: "create", kind: "EndpointSlice", object });
  }
  for (const slice of free)
    actions.push({ type: "delete", kind: "EndpointSlice", ref: refOf(slice), uid: slice.metadata.uid });
  return actions;
}

function holds(slice: EndpointSlice, content: SliceContent): boolean {
  return (
    slice.addressType === content.addressType &&
    sameMeaning(slice.ports, content.ports) &&
    sameMeaning(slice.endpoints, content.endpoints)
  );
}

function endpointOf(backend: Backend, nodes: ReadonlyMap<string, Node>): Endpoint {
  const { pod, hostname } = backend;
  const nodeName = pod.spec?.nodeName;
  const zone = nodes.get(nodeName ?? "")?.metadata.labels?.["topology.kubernetes.io/zone"];
  return {
    addresses: [backend.ip],
    conditions: { ready: backend.ready, serving: backend.serving, terminating: backend.terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: {
      kind: "Pod",
      namespace: pod.metadata.namespace ?? "",
      name: pod.metadata.name ?? "",
      uid: pod.metadata.uid ?? "",
    },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
  };
}
