/** Watches over nodes: signs of life, taints, eviction. */
import { type Change, canonicalJson, keyOf, kinds, mapped, own, type Node as WireNode } from "@keelson/kube";
import type { Action, Plan } from "../execution/actions.ts";
import { plannedController } from "../execution/planned-controller.ts";
import { millisOf } from "../objects/time.ts";
import type { Millis } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import { planEviction, planLostPod } from "./eviction.ts";
import { isNodeReady, planNodeLife } from "./plan.ts";
import { TaintTimes } from "./taint-times.ts";

const LEASES = "kube-node-lease";
/** Pods by the node they are on. */
export const BY_NODE = "nodeName";
/** The lease of a node that does not exist is removed when it has not been renewed for this long. */
const STALE_LEASE_MS = 60_000;

/** An API server that is well answers within this time. */
const PROMPT_MS = 1_000;

/** Index of pods by node. */
export const byNode = {
  [BY_NODE]: (pod: { readonly spec?: { readonly nodeName?: string } }): string[] =>
    pod.spec?.nodeName === undefined ? [] : [pod.spec.nodeName],
};

/** Keeps conditions and taints of nodes. */
export function nodeLifecycleController(runtime: Runtime): Part {
  const { cache, now, monotonic, settings } = runtime;
  const nodes = cache.informer(kinds.Node);
  const leases = cache.informer(kinds.Lease, { namespace: LEASES });
  /** The renewal last seen of each node, and when we saw it by our own clock: no comparison with the node's. */
  const seen = new Map<string, { readonly renewal: string; readonly at: Millis }>();

  const silence = (name: string): Millis => {
    const renewal = leases.get({ namespace: LEASES, name })?.spec?.renewTime ?? "";
    const before = seen.get(name);
    // While we cannot hear, nobody is silent.
    if (before === undefined || before.renewal !== renewal || leases.error !== undefined) {
      seen.set(name, { renewal, at: monotonic() });
      return 0;
    }
    return monotonic() - before.at;
  };

  return plannedController(
    {
      name: "node-lifecycle",
      sources: [
        own(nodes, { when: nodeMatters }),
        mapped(nodes, () => nodes.keys(), { when: readinessChanged }),
        mapped(leases, ({ object }) => [object.metadata.name], { when: ({ type }) => type !== "deleted" }),
      ],
      plan: async (name) => {
        const node = nodes.get(name);
        if (node === undefined) {
          seen.delete(name);
          return abandonedLease(leases.get({ namespace: LEASES, name }), now());
        }
        const silentMs = silence(name);
        const lost = silentMs >= settings.nodeGraceMs;
        if (lost && isNodeReady(node) && !(await confirmSilence(runtime, name, seen.get(name)?.renewal))) {
          seen.delete(name);
          return { actions: [], requeueAfterMs: settings.nodeGraceMs };
        }
        const othersWell = nodes.list().some((other) => other !== node && isNodeReady(other));
        return planNodeLife({ node, silentMs, graceMs: settings.nodeGraceMs, othersWell, now: now() });
      },
    },
    runtime,
  );
}

/** Evicts pods and takes pods of lost nodes out of service. */
export function taintEvictionController(runtime: Runtime): Part {
  const { cache, now } = runtime;
  const nodes = cache.informer(kinds.Node);
  const pods = cache.informer(kinds.Pod, { indexes: byNode });
  const times = new TaintTimes();
  nodes.subscribe(({ type, object }) => {
    if (type === "deleted") times.forget(object.metadata.name);
  });
  return plannedController(
    {
      name: "taint-eviction",
      sources: [
        own(pods, { when: ({ type, object }) => type !== "deleted" && object.spec?.nodeName !== undefined }),
        mapped(nodes, ({ object }) => pods.byIndex(BY_NODE, object.metadata.name).map(keyOf), { when: nodeMatters }),
      ],
      plan: (key) => {
        const pod = pods.get(key);
        if (pod === undefined) return undefined;
        const node = nodes.get(pod.spec?.nodeName ?? "");
        const lost: readonly Action[] = planLostPod(pod, node, now());
        // Eviction waits for the next pass, which the change of conditions brings.
        if (lost.length > 0) return { actions: lost };
        return planEviction(pod, node, now(), (taint) =>
          node === undefined ? now() : times.since(node, taint, now()),
        );
      },
    },
    runtime,
  );
}

/**
 * Asks the API server itself before a node is called lost. When the answer is late, or fails, or shows a sign of life that did not
 * reach us, it was not the node that was silent: an API server that stood still heard nobody.
 */
async function confirmSilence(
  { client, monotonic }: Runtime,
  name: string,
  renewal: string | undefined,
): Promise<boolean> {
  const asked = monotonic();
  try {
    const lease = await client.get(kinds.Lease, { namespace: LEASES, name }, { timeoutMs: PROMPT_MS });
    return monotonic() - asked <= PROMPT_MS && (lease?.spec?.renewTime ?? "") === (renewal ?? "");
  } catch {
    return false;
  }
}

interface AnyLease {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec?: { readonly renewTime?: string };
}

function abandonedLease(lease: AnyLease | undefined, now: Millis): Plan | undefined {
  if (lease === undefined) return undefined;
  const left = (millisOf(lease.spec?.renewTime) ?? 0) + STALE_LEASE_MS - now;
  if (left > 0) return { actions: [], requeueAfterMs: left };
  const ref = { namespace: LEASES, name: lease.metadata.name };
  return { actions: [{ type: "delete", kind: "Lease", ref, uid: lease.metadata.uid }] };
}

/** Heartbeat times and images do not matter here. */
function nodeMatters(change: Change<WireNode>): boolean {
  if (change.type !== "updated") return true;
  const part = ({ spec, status }: WireNode) =>
    canonicalJson([spec, status?.conditions?.map(({ type, status }) => [type, status])]);
  return part(change.object) !== part(change.previous);
}

function readinessChanged(change: Change<WireNode>): boolean {
  return change.type !== "updated" || isNodeReady(change.object) !== isNodeReady(change.previous);
}
