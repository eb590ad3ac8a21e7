/** Keeps EndpointSlices and Endpoints of Services, and slices that mirror Endpoints that others write. */
import { type Change, canonicalJson, keyOf, kinds, mapped, own, type Source, type Pod as WirePod } from "@keelson/kube";
import { type Action, refOf } from "../execution/actions.ts";
import { plannedController } from "../execution/planned-controller.ts";
import { isReady, isTerminal } from "../objects/pod-state.ts";
import { matchesLabels } from "../objects/selector.ts";
import type { EndpointSlice, Pod } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import {
  endpointsActions,
  isMirrored,
  MIRROR_MANAGER,
  mirrorContents,
  mirrorLabels,
  orphanedEndpoints,
} from "./classic.ts";
import { backendsOf, isSelectorless } from "./service-endpoints.ts";
import { MANAGED_BY, planSlices, SERVICE_LABEL, SLICES_MANAGER, sliceContents, sliceLabels } from "./slices.ts";

/** Slices by `namespace/service`. */
const BY_SERVICE = "service";

/** The three controllers; start each with `run`. */
export function endpointControllers(runtime: Runtime): readonly Part[] {
  const { cache } = runtime;
  const services = cache.informer(kinds.Service);
  const pods = cache.informer(kinds.Pod);
  const nodes = cache.informer(kinds.Node);
  const endpoints = cache.informer(kinds.Endpoints);
  const slices = cache.informer(kinds.EndpointSlice, { indexes: { [BY_SERVICE]: (slice) => [serviceOf(slice)] } });
  const slicesOf = (key: string, manager: string) =>
    slices.byIndex(BY_SERVICE, key).filter((slice) => slice.metadata.labels?.[MANAGED_BY] === manager);
  const managedBy = (manager: string): Source =>
    mapped(slices, ({ object }) => [serviceOf(object)], {
      when: ({ object }) => object.metadata.labels?.[MANAGED_BY] === manager,
    });

  /** A pod names the Services that select it, by its labels before and now. */
  const podSource = mapped(
    pods,
    ({ object, previous }) =>
      services
        .list(object.metadata.namespace)
        .filter((service) => !isSelectorless(service))
        .filter(
          ({ spec }) =>
            matchesLabels(spec?.selector, object.metadata.labels) ||
            (previous !== undefined && matchesLabels(spec?.selector, previous.metadata.labels)),
        )
        .map(keyOf),
    { when: podMatters },
  );

  const slicing = plannedController(
    {
      name: "endpointslice",
      sources: [own(services), podSource, managedBy(SLICES_MANAGER)],
      plan: (key) => {
        const service = services.get(key);
        const existing = slicesOf(key, SLICES_MANAGER);
        if (service === undefined || isSelectorless(service)) {
          return { actions: existing.map(deletion) };
        }
        const byName = new Map(nodes.list().map((node) => [node.metadata.name, node]));
        const backends = backendsOf(service, pods.list(service.metadata.namespace));
        const wanted = {
          contents: sliceContents(service, backends, byName),
          labels: sliceLabels(service, SLICES_MANAGER),
        };
        return {
          actions: planSlices({ apiVersion: "v1", kind: "Service", metadata: service.metadata }, wanted, existing),
        };
      },
    },
    runtime,
  );

  const classic = plannedController(
    {
      name: "endpoints",
      sources: [
        own(services),
        podSource,
        own(endpoints, { when: (change) => change.type !== "added" || change.initial }),
      ],
      plan: (key) => {
        const service = services.get(key);
        if (service === undefined) return { actions: orphanedEndpoints(endpoints.get(key)) };
        // Endpoints of a Service without a selector are their writer's alone.
        if (isSelectorless(service)) return undefined;
        return {
          actions: endpointsActions(
            service,
            backendsOf(service, pods.list(service.metadata.namespace)),
            endpoints.get(key),
          ),
        };
      },
    },
    runtime,
  );

  const mirroring = plannedController(
    {
      name: "endpointslice-mirroring",
      sources: [own(services), own(endpoints), managedBy(MIRROR_MANAGER)],
      plan: (key) => {
        const custom = endpoints.get(key);
        const existing = slicesOf(key, MIRROR_MANAGER);
        if (custom === undefined || !isMirrored(custom, services.get(key))) {
          return { actions: existing.map(deletion) };
        }
        const wanted = { contents: mirrorContents(custom), labels: mirrorLabels(custom) };
        return {
          actions: planSlices({ apiVersion: "v1", kind: "Endpoints", metadata: custom.metadata }, wanted, existing),
        };
      },
    },
    runtime,
  );
  return [slicing, classic, mirroring];
}

/** `namespace/service` that a slice belongs to. */
function serviceOf({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.[SERVICE_LABEL] ?? ""}`;
}

function deletion(slice: EndpointSlice): Action {
  return { type: "delete", kind: "EndpointSlice", ref: refOf(slice), uid: slice.metadata.uid };
}

/** Whether a pod's change can show in endpoints. */
function podMatters(change: Change<WirePod>): boolean {
  if (change.type !== "updated") return change.object.status?.podIP !== undefined;
  const part = (pod: Pod) =>
    canonicalJson([
      pod.metadata.labels,
      pod.metadata.deletionTimestamp,
      pod.status?.podIP,
      isReady(pod),
      isTerminal(pod),
      pod.spec?.nodeName,
    ]);
  return part(change.object) !== part(change.previous);
}
