/** Pods that nobody else will remove. Pure. */
import { type Action, refOf } from "../execution/actions.ts";
import { disruption } from "../node-lifecycle/eviction.ts";
import { isNodeReady, OUT_OF_SERVICE } from "../node-lifecycle/plan.ts";
import { isTerminal, isTerminating } from "../objects/pod-state.ts";
import type { Millis, Node, Pod } from "../objects/types.ts";

/** A node may be registered anew (its process restarts) before its pods count as orphans. Source: pod GC's quarantine of 40 s. */
export const QUARANTINE_MS = 40_000;
/** Ended pods that may stay for people to look at. */
export const KEPT_ENDED_PODS = 1_000;

/** Everything the decision depends on. */
export interface PodGcView {
  readonly pod: Pod;
  readonly node: Node | undefined;
  /** How long the pod's node has been missing. */
  readonly missingMs: Millis;
  readonly now: Millis;
}

/** What to do, and when to look again. */
export interface PodGcPlan {
  readonly actions: readonly Action[];
  readonly requeueAfterMs?: Millis;
}

/** Removes, without waiting for a kubelet, pods whose kubelet will not answer. */
export function planPodGc({ pod, node, missingMs, now }: PodGcView): PodGcPlan {
  const nodeName = pod.spec?.nodeName ?? "";
  if (nodeName === "") {
    if (!isTerminating(pod)) return { actions: [] };
    return { actions: [remove(pod)] };
  }
  if (node === undefined) {
    if (missingMs < QUARANTINE_MS) return { actions: [], requeueAfterMs: QUARANTINE_MS - missingMs };
    return { actions: end(pod, { reason: "DeletionByPodGC", message: "PodGC: node no longer exists" }, now) };
  }
  const outOfService = node.spec?.taints?.some((taint) => taint.key === OUT_OF_SERVICE) === true;
  if (isTerminating(pod) && outOfService && !isNodeReady(node)) {
    return { actions: end(pod, { reason: "DeletionByPodGC", message: "PodGC: node is out of service" }, now) };
  }
  return { actions: [] };
}

/** The ended pods beyond the limit, oldest first. */
export function surplusEndedPods(pods: readonly Pod[], limit = KEPT_ENDED_PODS): readonly Pod[] {
  const ended = pods.filter((pod) => isTerminal(pod) && !isTerminating(pod));
  if (ended.length <= limit) return [];
  const age = (pod: Pod) => `${pod.metadata.creationTimestamp ?? ""}/${pod.metadata.name ?? ""}`;
  return [...ended].sort((a, b) => (age(a) < age(b) ? -1 : 1)).slice(0, ended.length - limit);
}

function end(pod: Pod, why: { readonly reason: string; readonly message: string }, now: Millis): readonly Action[] {
  if (isTerminal(pod)) return [remove(pod)];
  const marked = disruption(pod, why, now);
  if (marked.type !== "patch") return [remove(pod)];
  const { body } = marked as { body: { status: object } };
  return [{ ...marked, body: { ...body, status: { ...body.status, phase: "Failed" } } }, remove(pod)];
}

/** Deletes without grace. */
export function remove(pod: Pod): Action {
  return { type: "delete", kind: "Pod", ref: refOf(pod), uid: pod.metadata.uid, gracePeriodSeconds: 0 };
}
