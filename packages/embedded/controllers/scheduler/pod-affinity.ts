/** Affinity and anti-affinity between pods. Pure. */
import { isTerminal } from "../objects/pod-state.ts";
import { isEmptySelector, matchesSelector } from "../objects/selector.ts";
import type { Node, Pod, PodAffinityTerm } from "../objects/types.ts";
import type { ClusterView, NodeView } from "./cluster.ts";
import type { Reasons } from "./filters.ts";

/** Required terms: of the pod towards others, and of others towards the pod. */
export function podAffinityAllows(pod: Pod, view: NodeView, cluster: ClusterView): Reasons {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const together = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (
    !together.every((term) => hasCompanion(pod, term, view, cluster)) &&
    !isFirstOfItsKind(pod, together, view, cluster)
  ) {
    return ["node(s) didn't match pod affinity rules"];
  }
  const apart = podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (apart.some((term) => hasCompanion(pod, term, view, cluster))) {
    return ["node(s) didn't match pod anti-affinity rules"];
  }
  return objections(pod, view, cluster) ? ["node(s) didn't satisfy existing pods anti-affinity rules"] : [];
}

/** Score of the preferred terms on this node: those of the pod, and those of pods already there towards it. */
export function podAffinityScore(pod: Pod, view: NodeView, cluster: ClusterView): number {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  let score = 0;
  for (const [list, sign] of [
    [podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1],
    [podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1],
  ] as const) {
    for (const { weight, podAffinityTerm: term } of list ?? []) {
      score += sign * weight * companions(pod, term, view, cluster);
    }
  }
  for (const other of cluster.nodes) {
    for (const existing of other.pods) score += preferenceOf(existing, other.node, { pod, view, cluster });
  }
  return score;
}

/** How much an existing pod wants the new one near it or away from it, if this node is in its domain. */
function preferenceOf(
  existing: Pod,
  at: Node,
  about: { readonly pod: Pod; readonly view: NodeView; readonly cluster: ClusterView },
): number {
  const { podAffinity, podAntiAffinity } = existing.spec?.affinity ?? {};
  if (podAffinity === undefined && podAntiAffinity === undefined) return 0;
  const hit = (term: PodAffinityTerm) =>
    sameDomain(term.topologyKey, at, about.view.node) && selects(existing, term, about.pod, about.cluster);
  let score = 0;
  for (const term of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) score += hit(term) ? 1 : 0;
  for (const { weight, podAffinityTerm } of podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    score += hit(podAffinityTerm) ? weight : 0;
  }
  for (const { weight, podAffinityTerm } of podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    score -= hit(podAffinityTerm) ? weight : 0;
  }
  return score;
}

/** A pod that attracts its own kind may start where there is none of them anywhere yet. */
function isFirstOfItsKind(pod: Pod, terms: readonly PodAffinityTerm[], view: NodeView, cluster: ClusterView): boolean {
  if (!terms.every((term) => view.node.metadata.labels?.[term.topologyKey] !== undefined)) return false;
  const anywhere = cluster.nodes.some(({ pods }) =>
    pods.some((other) => terms.every((term) => selects(pod, term, other, cluster))),
  );
  return !anywhere && terms.every((term) => selects(pod, term, pod, cluster));
}

/** Whether a pod that runs in a domain of this node refuses the new one. */
function objections(pod: Pod, view: NodeView, cluster: ClusterView): boolean {
  return cluster.nodes.some(({ node, pods }) =>
    pods.some((existing) =>
      (existing.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
        (term) => sameDomain(term.topologyKey, node, view.node) && selects(existing, term, pod, cluster),
      ),
    ),
  );
}

function hasCompanion(pod: Pod, term: PodAffinityTerm, view: NodeView, cluster: ClusterView): boolean {
  return companions(pod, term, view, cluster) > 0;
}

function companions(pod: Pod, term: PodAffinityTerm, view: NodeView, cluster: ClusterView): number {
  return cluster.nodes
    .filter(({ node }) => sameDomain(term.topologyKey, node, view.node))
    .flatMap(({ pods }) => pods)
    .filter((other) => !isTerminal(other) && selects(pod, term, other, cluster)).length;
}

function sameDomain(key: string, a: Node, b: Node): boolean {
  const value = a.metadata.labels?.[key];
  return value !== undefined && value === b.metadata.labels?.[key];
}

/** Whether the term, written on `owner`, means `other`. */
function selects(owner: Pod, term: PodAffinityTerm, other: Pod, cluster: ClusterView): boolean {
  return meansNamespace(owner, term, other, cluster) && matchesSelector(term.labelSelector, other.metadata.labels);
}

function meansNamespace(owner: Pod, term: PodAffinityTerm, other: Pod, cluster: ClusterView): boolean {
  const namespace = other.metadata.namespace ?? "";
  const { namespaces = [], namespaceSelector } = term;
  if (namespaces.includes(namespace)) return true;
  if (namespaceSelector === undefined || namespaceSelector === null) {
    return namespaces.length === 0 && namespace === owner.metadata.namespace;
  }
  if (isEmptySelector(namespaceSelector)) return true;
  return matchesSelector(namespaceSelector, cluster.namespaceLabels.get(namespace));
}
