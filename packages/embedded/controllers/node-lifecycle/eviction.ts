/** Pods on tainted or lost nodes. Pure. */
import { type Action, type Plan, refOf, regarding, SETTLED } from "../execution/actions.ts";
import { isReady, isTerminal, isTerminating, podCondition } from "../objects/pod-state.ts";
import { millisOf, soonest, timestamp } from "../objects/time.ts";
import { tolerates } from "../objects/tolerations.ts";
import type { Millis, Node, Pod, Taint } from "../objects/types.ts";
import { isNodeReady } from "./plan.ts";

/** Since when a taint that says nothing of it (`kubectl taint` writes no time) has been on its node. */
export type Since = (taint: Taint) => Millis;

/** Deletes a pod that does not tolerate its node's `NoExecute` taints, at the time its tolerations run out. */
export function planEviction(pod: Pod, node: Node | undefined, now: Millis, since: Since = () => now): Plan {
  if (node === undefined || isTerminating(pod) || isTerminal(pod)) return SETTLED;
  const taints = (node.spec?.taints ?? []).filter((taint) => taint.effect === "NoExecute");
  const deadlines = taints.map((taint) => deadlineOf(pod, taint, since)).filter((deadline) => deadline !== Infinity);
  const wait = soonest(...deadlines.map((deadline) => deadline - now));
  if (wait === undefined) return SETTLED;
  return wait > 0 ? { actions: [], requeueAfterMs: wait } : { actions: evict(pod, now) };
}

/** When the pod has to leave because of this taint: never is Infinity, at once is 0. */
function deadlineOf(pod: Pod, taint: Taint, since: Since): Millis {
  const matching = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (matching.length === 0) return 0;
  const limits = matching.map((toleration) => toleration.tolerationSeconds).filter((seconds) => seconds !== undefined);
  if (limits.length === 0) return Number.POSITIVE_INFINITY;
  return (millisOf(taint.timeAdded) ?? since(taint)) + Math.max(0, Math.min(...limits)) * 1000;
}

function evict(pod: Pod, now: Millis): readonly Action[] {
  const text = `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  return [
    disruption(
      pod,
      { reason: "DeletionByTaintManager", message: "Taint manager: deleting due to NoExecute taint" },
      now,
    ),
    {
      type: "delete",
      kind: "Pod",
      ref: refOf(pod),
      uid: pod.metadata.uid,
      report: { regarding: regarding("v1", "Pod", pod), done: { reason: "TaintManagerEviction", message: text } },
    },
  ];
}

/** Marks a pod whose end is not its own doing, so that Jobs can tell. */
export function disruption(pod: Pod, why: { readonly reason: string; readonly message: string }, now: Millis): Action {
  const condition = { type: "DisruptionTarget", status: "True", ...why, lastTransitionTime: timestamp(now) };
  return conditionsPatch(pod, [condition]);
}

/** Pods of a node that is not ready serve nobody: says so in their conditions, so that they leave the endpoints. */
export function planLostPod(pod: Pod, node: Node | undefined, now: Millis): readonly Action[] {
  if (node === undefined || isNodeReady(node) || !isReady(pod) || isTerminal(pod)) return [];
  const before = podCondition(pod, "Ready");
  const lost = { ...before, type: "Ready", status: "False", lastTransitionTime: timestamp(now) };
  const message = "Node is not ready";
  const event: Action = {
    type: "event",
    regarding: regarding("v1", "Pod", pod),
    level: "Warning",
    reason: "NodeNotReady",
    message,
  };
  return [conditionsPatch(pod, [lost]), event];
}

/** Sets these conditions and keeps the others. */
function conditionsPatch(
  pod: Pod,
  conditions: readonly NonNullable<NonNullable<Pod["status"]>["conditions"]>[number][],
): Action {
  const { uid, resourceVersion } = pod.metadata;
  const types = new Set(conditions.map((condition) => condition.type));
  const others = (pod.status?.conditions ?? []).filter((condition) => !types.has(condition.type));
  const body = { metadata: { uid, resourceVersion }, status: { conditions: [...others, ...conditions] } };
  return { type: "patch", kind: "Pod", ref: refOf(pod), body, subresource: "status" };
}
