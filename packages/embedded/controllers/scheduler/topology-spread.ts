/** Even spreading over nodes, zones or other domains. Pure. */
import { isTerminating } from "../objects/pod-state.ts";
import { matchesSelector } from "../objects/selector.ts";
import { untolerated } from "../objects/tolerations.ts";
import type { LabelSelector, Pod, TopologySpreadConstraint } from "../objects/types.ts";
import type { ClusterView, NodeView } from "./cluster.ts";
import { type Reasons, satisfiesNodeAffinity } from "./filters.ts";

/** Constraints with `whenUnsatisfiable: DoNotSchedule`. */
export function spreadAllows(pod: Pod, view: NodeView, cluster: ClusterView): Reasons {
  const hard = constraints(pod).filter((constraint) => constraint.whenUnsatisfiable !== "ScheduleAnyway");
  for (const constraint of hard) {
    const domain = view.node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) return ["node(s) didn't match pod topology spread constraints (missing required label)"];
    const counts = countByDomain(pod, constraint, cluster);
    const enough = counts.size >= (constraint.minDomains ?? 1);
    const least = enough ? Math.min(...counts.values()) : 0;
    const self = matchesSelector(selectorOf(constraint, pod), pod.metadata.labels) ? 1 : 0;
    if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) {
      return ["node(s) didn't match pod topology spread constraints"];
    }
  }
  return [];
}

/**
 * How crowded the node's domains are for this pod by its soft constraints; lower is better. A node without the label of one of them
 * is the worst by all of them, as in kube-scheduler. A pod without constraints is spread over nodes from others with the same
 * controller.
 */
export function crowding(pod: Pod, view: NodeView, cluster: ClusterView): number {
  const soft = constraints(pod).filter((constraint) => constraint.whenUnsatisfiable === "ScheduleAnyway");
  if (constraints(pod).length === 0) return siblingsOn(pod, view);
  const isLabelled = ({ node }: NodeView): boolean =>
    soft.every(({ topologyKey }) => node.metadata.labels?.[topologyKey] !== undefined);
  const labelled = { ...cluster, nodes: cluster.nodes.filter(isLabelled) };
  return soft.reduce((sum, constraint) => {
    const counts = countByDomain(pod, constraint, labelled);
    if (!isLabelled(view)) return sum + Math.max(0, ...counts.values()) + 1;
    return sum + (counts.get(view.node.metadata.labels?.[constraint.topologyKey] ?? "") ?? 0);
  }, 0);
}

function siblingsOn(pod: Pod, view: NodeView): number {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true)?.uid;
  if (owner === undefined) return 0;
  return view.pods.filter(
    (other) => !isTerminating(other) && other.metadata.ownerReferences?.some((r) => r.uid === owner) === true,
  ).length;
}

/** Matching pods per domain, over the nodes that the constraint counts. */
function countByDomain(
  pod: Pod,
  constraint: TopologySpreadConstraint,
  cluster: ClusterView,
): ReadonlyMap<string, number> {
  const selector = selectorOf(constraint, pod);
  const counts = new Map<string, number>();
  for (const view of cluster.nodes) {
    const domain = view.node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined || !isCounted(pod, constraint, view)) continue;
    const matching = view.pods.filter(
      (other) =>
        other.metadata.namespace === pod.metadata.namespace &&
        !isTerminating(other) &&
        matchesSelector(selector, other.metadata.labels),
    );
    counts.set(domain, (counts.get(domain) ?? 0) + matching.length);
  }
  return counts;
}

function isCounted(pod: Pod, constraint: TopologySpreadConstraint, { node }: NodeView): boolean {
  if (constraint.nodeAffinityPolicy !== "Ignore" && !satisfiesNodeAffinity(pod, node)) return false;
  if (constraint.nodeTaintsPolicy !== "Honor") return true;
  return untolerated(node.spec?.taints, pod.spec?.tolerations, ["NoSchedule", "NoExecute"]) === undefined;
}

function constraints(pod: Pod): readonly TopologySpreadConstraint[] {
  return pod.spec?.topologySpreadConstraints ?? [];
}

function selectorOf(constraint: TopologySpreadConstraint, pod: Pod): LabelSelector {
  const keys = constraint.matchLabelKeys ?? [];
  const own = Object.fromEntries(
    keys.flatMap((key) => {
      const value = pod.metadata.labels?.[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const { labelSelector } = constraint;
  return { ...labelSelector, matchLabels: { ...labelSelector?.matchLabels, ...own } };
}
