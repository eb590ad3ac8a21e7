/** Runs the scheduler: one pass over all pods that wait, whenever something changed that could help one of them. */
import {
  type Change,
  Controller,
  canonicalJson,
  isNotFound,
  type KubeObject,
  kinds,
  mapped,
  type Source,
  type Node as WireNode,
  type Pod as WirePod,
} from "@keelson/kube";
import { regarding } from "../execution/actions.ts";
import { podCondition } from "../objects/pod-state.ts";
import { timestamp } from "../objects/time.ts";
import type { Node, PersistentVolumeClaim, Pod } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import { type ClusterView, keyIn, nodeViews, withPod } from "./cluster.ts";
import { inSchedulingOrder, isPending, type Placement, placePod, schedulingGates } from "./plan.ts";
import { SELECTED_NODE } from "./volumes.ts";

/** The scheduler that pods mean when they name none. */
export const SCHEDULER_NAME = "default-scheduler";
/** All changes ask for the same thing: a pass. */
const PASS = "pass";

/** The scheduler; start it with `run`. */
export function schedulerController(shared: Runtime): Part {
  const runtime: Runtime = { ...shared, events: shared.events.as(SCHEDULER_NAME) };
  const { cache, logger } = runtime;
  const pods = cache.informer(kinds.Pod);
  const nodes = cache.informer(kinds.Node);
  const anyOf = <T extends KubeObject>(
    informer: Parameters<typeof mapped<T>>[0],
    when?: (c: Change<T>) => boolean,
  ): Source => mapped(informer, () => [PASS], when === undefined ? {} : { when });
  const scheduler = new Scheduler(runtime);
  return new Controller({
    name: "scheduler",
    logger,
    sources: [
      anyOf(pods, (change) => scheduler.concerns(change)),
      anyOf(nodes, nodeMatters),
      anyOf(cache.informer(kinds.PersistentVolumeClaim)),
      anyOf(cache.informer(kinds.PersistentVolume)),
      anyOf(cache.informer(kinds.StorageClass)),
      anyOf(cache.informer(kinds.Namespace), (change) => change.type !== "deleted"),
    ],
    reconcile: (_key: string, signal: AbortSignal) => scheduler.pass(signal),
  });
}

/** Conditions and images of a node come and go; only this decides about pods. */
function nodeMatters(change: Change<WireNode>): boolean {
  const part = ({ metadata, spec, status }: Node) => canonicalJson([metadata.labels, spec, status?.allocatable]);
  return change.type !== "updated" || part(change.object) !== part(change.previous);
}

class Scheduler {
  readonly #runtime: Runtime;
  /** Pods bound by us whose object does not say so yet: uid to node. */
  readonly #bound = new Map<string, string>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Whether a pod's change can make another or the same pod schedulable. Forgets what the cache knows by now. */
  concerns(change: Change<WirePod>): boolean {
    const { object, type, previous } = change;
    const uid = object.metadata.uid ?? "";
    if (type === "deleted" || object.spec?.nodeName !== undefined) this.#bound.delete(uid);
    if (type === "deleted") return true;
    if (type === "added") return !change.initial || isPending(object, SCHEDULER_NAME);
    const part = ({ metadata, spec, status }: Pod) =>
      canonicalJson([
        metadata.labels,
        metadata.deletionTimestamp,
        spec,
        status?.phase === "Succeeded" || status?.phase === "Failed",
      ]);
    return previous === undefined || part(object) !== part(previous);
  }

  async pass(signal: AbortSignal): Promise<void> {
    const { cache } = this.#runtime;
    const pending = cache
      .list(kinds.Pod)
      .filter((pod) => isPending(pod, SCHEDULER_NAME) && !this.#bound.has(pod.metadata.uid));
    if (pending.length === 0) return;
    let cluster = this.#snapshot();
    // Who has been promised a volume on a node comes first: its room there is taken.
    const promised = (pod: Pod) => (hasSelectedNode(pod, cluster) ? 0 : 1);
    const order = [...inSchedulingOrder(pending)].sort((a, b) => promised(a) - promised(b));
    const writes: Promise<void>[] = [];
    for (const pod of order) {
      const gates = schedulingGates(pod);
      if (gates.length > 0) {
        writes.push(this.#refuse(pod, "SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates"));
        continue;
      }
      const placement = placePod(pod, cluster);
      if (placement.type === "none") {
        writes.push(this.#refuse(pod, "Unschedulable", placement.message));
      } else {
        cluster = withPod(cluster, pod, placement.name);
        writes.push(this.#assign(pod, placement, signal));
      }
    }
    const failed = (await Promise.allSettled(writes)).find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  #snapshot(): ClusterView {
    const { cache } = this.#runtime;
    const namespaces = cache.list(kinds.Namespace);
    return {
      nodes: nodeViews(cache.list(kinds.Node), cache.list(kinds.Pod), this.#bound),
      claims: new Map(
        cache
          .list(kinds.PersistentVolumeClaim)
          .map((claim) => [keyIn(claim.metadata.namespace, claim.metadata.name), claim]),
      ),
      volumes: new Map(cache.list(kinds.PersistentVolume).map((volume) => [volume.metadata.name, volume])),
      storageClasses: new Map(cache.list(kinds.StorageClass).map((each) => [each.metadata.name, each])),
      namespaceLabels: new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
    };
  }

  async #assign(pod: Pod, placement: Extract<Placement, { type: "node" }>, signal: AbortSignal): Promise<void> {
    if (placement.waiting.length > 0) await this.#selectNode(placement.waiting, placement.name, signal);
    else await this.#bind(pod, placement.name, signal);
  }

  /** Tells claims where their volume is wanted; they wake us when they are bound. */
  async #selectNode(claims: readonly PersistentVolumeClaim[], node: string, signal: AbortSignal): Promise<void> {
    for (const { metadata } of claims) {
      if (metadata.annotations?.[SELECTED_NODE] === node) continue;
      const body = { metadata: { uid: metadata.uid, annotations: { [SELECTED_NODE]: node } } };
      const ref = { namespace: metadata.namespace, name: metadata.name ?? "" };
      await this.#runtime.client.patch(kinds.PersistentVolumeClaim, ref, { type: "merge", body }, { signal });
    }
  }

  async #bind(pod: Pod, node: string, signal: AbortSignal): Promise<void> {
    const { client, events } = this.#runtime;
    const { namespace = "", name = "", uid = "" } = pod.metadata;
    this.#bound.set(uid, node);
    try {
      await client.raw({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/pods/${name}/binding`,
        body: {
          apiVersion: "v1",
          kind: "Binding",
          metadata: { name, namespace, uid },
          target: { apiVersion: "v1", kind: "Node", name: node },
        },
        signal,
      });
    } catch (error) {
      this.#bound.delete(uid);
      if (!isNotFound(error)) throw error;
      return;
    }
    const message = `Successfully assigned ${namespace}/${name} to ${node}`;
    events.emit({ regarding: regarding("v1", "Pod", pod), type: "Normal", reason: "Scheduled", message });
  }

  /** Says why in the pod's condition and an event, once per reason. */
  async #refuse(pod: Pod, reason: string, message: string): Promise<void> {
    const { client, events, now } = this.#runtime;
    const before = podCondition(pod, "PodScheduled");
    if (before?.status === "False" && before.reason === reason && before.message === message) return;
    const at = before?.status === "False" ? (before.lastTransitionTime ?? timestamp(now())) : timestamp(now());
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason,
      message,
      lastTransitionTime: at,
      lastProbeTime: null,
    };
    const { namespace, name = "", uid } = pod.metadata;
    const body = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      await client.patch(kinds.Pod, { namespace, name }, { type: "strategic", body }, { subresource: "status" });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      return;
    }
    if (reason !== "Unschedulable") return;
    events.emit({ regarding: regarding("v1", "Pod", pod), type: "Warning", reason: "FailedScheduling", message });
  }
}

function hasSelectedNode(pod: Pod, cluster: ClusterView): boolean {
  return (pod.spec?.volumes ?? []).some((volume) => {
    const claim = cluster.claims.get(keyIn(pod.metadata.namespace, volume.persistentVolumeClaim?.claimName ?? ""));
    return claim?.status?.phase !== "Bound" && claim?.metadata.annotations?.[SELECTED_NODE] !== undefined;
  });
}
