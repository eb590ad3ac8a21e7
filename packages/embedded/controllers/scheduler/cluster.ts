/** What the scheduler knows: nodes with the pods they carry, volumes, namespaces. Plain data. */
import { type Amounts, podRequests, sumOf } from "../objects/pod-requests.ts";
import { isTerminal } from "../objects/pod-state.ts";
import type { Labels, Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from "../objects/types.ts";

/** One node and what is on it, pods that are only promised to it included. */
export interface NodeView {
  readonly node: Node;
  readonly pods: readonly Pod[];
  /** Sum of the pods' requests, in thousandths. */
  readonly requested: Amounts;
}

/** A picture of the cluster at one moment. */
export interface ClusterView {
  readonly nodes: readonly NodeView[];
  readonly claims: ReadonlyMap<string, PersistentVolumeClaim>;
  readonly volumes: ReadonlyMap<string, PersistentVolume>;
  readonly storageClasses: ReadonlyMap<string, StorageClass>;
  readonly namespaceLabels: ReadonlyMap<string, Labels>;
}

/** Key of a namespaced object in the maps. */
export function keyIn(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}

/** The nodes with their pods. `placed` maps the uid of a pod to the node it is promised to while its object does not say so yet. */
export function nodeViews(
  nodes: Iterable<Node>,
  pods: Iterable<Pod>,
  placed: ReadonlyMap<string, string>,
): readonly NodeView[] {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const name = pod.spec?.nodeName ?? placed.get(pod.metadata.uid ?? "");
    if (name === undefined || isTerminal(pod)) continue;
    const list = byNode.get(name);
    if (list === undefined) byNode.set(name, [pod]);
    else list.push(pod);
  }
  return [...nodes]
    .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1))
    .map((node) => nodeView(node, byNode.get(node.metadata.name ?? "") ?? []));
}

/** The cluster with one more pod on a node. */
export function withPod(cluster: ClusterView, pod: Pod, nodeName: string): ClusterView {
  const nodes = cluster.nodes.map((view) =>
    view.node.metadata.name === nodeName ? nodeView(view.node, [...view.pods, pod]) : view,
  );
  return { ...cluster, nodes };
}

function nodeView(node: Node, pods: readonly Pod[]): NodeView {
  return { node, pods, requested: sumOf(pods.map(podRequests)) };
}
