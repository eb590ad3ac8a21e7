/** Which of several possible nodes is best. Pure. Weights are those of Kubernetes' default profile. */
import { amounts, podRequests } from "../objects/pod-requests.ts";
import { matchesNodeTerm } from "../objects/selector.ts";
import { untolerated } from "../objects/tolerations.ts";
import type { Pod } from "../objects/types.ts";
import type { ClusterView, NodeView } from "./cluster.ts";
import { podAffinityScore } from "./pod-affinity.ts";
import { crowding } from "./topology-spread.ts";

/** One aspect: raw values, scaled to 0..100 over the candidates, then weighted. */
interface Aspect {
  readonly weight: number;
  readonly value: (pod: Pod, view: NodeView, cluster: ClusterView) => number;
  /** Whether values are already 0..100. */
  readonly absolute?: boolean;
}

const ASPECTS: readonly Aspect[] = [
  { weight: 1, value: leastAllocated, absolute: true },
  { weight: 1, value: balanced, absolute: true },
  { weight: 2, value: preferredNodeAffinity },
  { weight: 3, value: (pod, view) => -preferNoScheduleTaints(pod, view) },
  { weight: 2, value: (pod, view, cluster) => -crowding(pod, view, cluster) },
  { weight: 2, value: podAffinityScore },
];

/** The best of the candidates (not empty); ties go to the node with fewer pods, then by name. */
export function bestNode(pod: Pod, candidates: readonly NodeView[], cluster: ClusterView): NodeView | undefined {
  const totals = new Map(candidates.map((view) => [view, 0]));
  for (const aspect of ASPECTS) {
    const values = candidates.map((view) => aspect.value(pod, view, cluster));
    const low = Math.min(...values);
    const range = Math.max(...values) - low;
    for (const [index, view] of candidates.entries()) {
      const value = values[index] ?? 0;
      const scaled = aspect.absolute === true ? value : range === 0 ? 0 : ((value - low) * 100) / range;
      totals.set(view, (totals.get(view) ?? 0) + aspect.weight * scaled);
    }
  }
  const rank = (view: NodeView) => totals.get(view) ?? 0;
  return [...candidates].sort((a, b) => rank(b) - rank(a) || a.pods.length - b.pods.length || byName(a, b))[0];
}

function byName(a: NodeView, b: NodeView): number {
  return (a.node.metadata.name ?? "") < (b.node.metadata.name ?? "") ? -1 : 1;
}

/** Requests that count for a container that states none. Source: kube-scheduler's non-zero requests. */
const ASSUMED = { cpu: 100, memory: 200 * 1024 * 1024 * 1000 };

/** Share of cpu and memory used if the pod came here, each 0..1. */
function usage(pod: Pod, view: NodeView): readonly number[] {
  const allocatable = amounts(view.node.status?.allocatable);
  const requests = podRequests(pod);
  return (["cpu", "memory"] as const).map((name) => {
    const total = allocatable[name] ?? 0;
    const wanted = requests[name] ?? ASSUMED[name];
    return total === 0 ? 1 : Math.min(1, ((view.requested[name] ?? 0) + wanted) / total);
  });
}

function leastAllocated(pod: Pod, view: NodeView): number {
  const shares = usage(pod, view);
  return (shares.reduce((sum, share) => sum + (1 - share), 0) / shares.length) * 100;
}

function balanced(pod: Pod, view: NodeView): number {
  const [cpu = 0, memory = 0] = usage(pod, view);
  return (1 - Math.abs(cpu - memory) / 2) * 100;
}

function preferredNodeAffinity(pod: Pod, { node }: NodeView): number {
  const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce((sum, term) => sum + (matchesNodeTerm(term.preference, node) ? term.weight : 0), 0);
}

function preferNoScheduleTaints(pod: Pod, { node }: NodeView): number {
  const taints = (node.spec?.taints ?? []).filter((taint) => taint.effect === "PreferNoSchedule");
  return taints.filter((taint) => untolerated([taint], pod.spec?.tolerations, ["PreferNoSchedule"]) !== undefined)
    .length;
}
