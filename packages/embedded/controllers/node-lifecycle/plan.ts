/** What is true of a node, judged by its signs of life. Pure. */
import { canonicalJson } from "@keelson/kube";
import { type Action, refOf, regarding } from "../execution/actions.ts";
import { timestamp } from "../objects/time.ts";
import type { Millis, Node, NodeCondition, Taint } from "../objects/types.ts";

/** Everything the decision depends on. */
export interface NodeLifeView {
  readonly node: Node;
  /** Time since the last sign of life reached us, by our own clock. */
  readonly silentMs: Millis;
  /** Silence after which the node counts as lost. */
  readonly graceMs: Millis;
  /** Whether another node is well. When none is, nothing is evicted: there is no place to go, and we may be the ones who are cut off. */
  readonly othersWell: boolean;
  readonly now: Millis;
}

/** What to do, and when to look again although nothing happened. */
export interface NodeLifePlan {
  readonly actions: readonly Action[];
  readonly requeueAfterMs?: Millis;
}

export const UNREACHABLE = "node.kubernetes.io/unreachable";
export const NOT_READY = "node.kubernetes.io/not-ready";
export const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";

/** Conditions that the kubelet keeps and that nobody can vouch for when it is silent. */
const KUBELET_CONDITIONS = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** Conditions that keep new pods away, with the status that does. */
const BY_CONDITION: readonly (readonly [condition: string, taint: string])[] = [
  ["MemoryPressure", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable", "node.kubernetes.io/network-unavailable"],
];

/** Keys of the taints that only we set and remove. */
const OURS = new Set([
  UNREACHABLE,
  NOT_READY,
  "node.kubernetes.io/unschedulable",
  ...BY_CONDITION.map(([, key]) => key),
]);

/** Marks a silent node unknown, and keeps the taints that follow from conditions. */
export function planNodeLife(view: NodeLifeView): NodeLifePlan {
  const { node, silentMs, graceMs, now } = view;
  const silent = silentMs >= graceMs;
  const conditions = silent ? unknownConditions(node, now) : (node.status?.conditions ?? []);
  const ready = conditions.find((condition) => condition.type === "Ready");
  const taints = wantedTaints(view, conditions);
  const actions: Action[] = [];
  if (canonicalJson(conditions) !== canonicalJson(node.status?.conditions ?? [])) {
    const { uid, resourceVersion } = node.metadata;
    const body = { metadata: { uid, resourceVersion }, status: { conditions } };
    actions.push({ type: "patch", kind: "Node", ref: refOf(node), body, subresource: "status" });
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    actions.push({
      type: "event",
      regarding: regarding("v1", "Node", node),
      level: "Normal",
      reason: "NodeNotReady",
      message,
    });
  }
  if (canonicalJson(taints) !== canonicalJson(node.spec?.taints ?? [])) {
    const { uid } = node.metadata;
    // The status write above moves the resource version, so the uid and the list itself must do; nobody else writes these taints.
    actions.push({ type: "patch", kind: "Node", ref: refOf(node), body: { metadata: { uid }, spec: { taints } } });
  }
  return silent || ready === undefined ? { actions } : { actions, requeueAfterMs: Math.max(50, graceMs - silentMs) };
}

/** Whether the node's kubelet says it is ready, and is heard. */
export function isNodeReady(node: Node): boolean {
  return node.status?.conditions?.find((condition) => condition.type === "Ready")?.status === "True";
}

function unknownConditions(node: Node, now: Millis): NodeCondition[] {
  const present = node.status?.conditions ?? [];
  const lost = (type: string): NodeCondition => {
    const before = present.find((condition) => condition.type === type);
    if (before?.status === "Unknown") return before;
    const never = before === undefined;
    return {
      ...before,
      type,
      status: "Unknown",
      reason: never ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
      message: never ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
      lastTransitionTime: timestamp(now),
    };
  };
  const others = present.filter((condition) => !KUBELET_CONDITIONS.includes(condition.type));
  return [...others, ...KUBELET_CONDITIONS.map(lost)];
}

/** All taints of the node: others' as they are, ours as they follow from the conditions. */
function wantedTaints(view: NodeLifeView, conditions: readonly NodeCondition[]): Taint[] {
  const { node, now, othersWell } = view;
  const present = node.spec?.taints ?? [];
  const status = (type: string) => conditions.find((condition) => condition.type === type)?.status;
  const wanted: Taint[] = [];
  const ready = status("Ready");
  const trouble = ready === "True" ? undefined : ready === "Unknown" ? UNREACHABLE : NOT_READY;
  if (trouble !== undefined) {
    wanted.push({ key: trouble, effect: "NoSchedule" });
    if (othersWell) wanted.push({ key: trouble, effect: "NoExecute" });
  }
  for (const [type, key] of BY_CONDITION) if (status(type) === "True") wanted.push({ key, effect: "NoSchedule" });
  if (node.spec?.unschedulable === true) wanted.push({ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" });

  const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
  const kept = present.filter((taint) => !OURS.has(taint.key) || wanted.some((each) => same(each, taint)));
  const added = wanted.filter((taint) => !present.some((each) => same(each, taint)));
  return [...kept, ...added.map((taint) => ({ ...taint, timeAdded: timestamp(now) }))];
}
