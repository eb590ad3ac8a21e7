/** Whether a pod's claims allow a node. Pure. */
import { isTerminating } from "../objects/pod-state.ts";
import { matchesNodeTerms } from "../objects/selector.ts";
import type { Node, PersistentVolumeClaim, Pod } from "../objects/types.ts";
import { type ClusterView, keyIn, type NodeView } from "./cluster.ts";
import type { Reasons } from "./filters.ts";

/** Names the node that a claim waiting for its first consumer is to be provided on. */
export const SELECTED_NODE = "volume.kubernetes.io/selected-node";
/** The provisioner of classes whose volumes are made by hand. */
const NO_PROVISIONER = "kubernetes.io/no-provisioner";

/** The pod's claims, sorted by what the scheduler must do about them. */
export interface PodVolumes {
  /** Set when no node can take the pod now; says why. */
  readonly obstacle?: string;
  readonly bound: readonly PersistentVolumeClaim[];
  /** Waiting for the pod's node to be chosen. */
  readonly waiting: readonly PersistentVolumeClaim[];
}

/** Finds the pod's claims. */
export function podVolumes(pod: Pod, cluster: ClusterView): PodVolumes {
  const bound: PersistentVolumeClaim[] = [];
  const waiting: PersistentVolumeClaim[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    const ephemeral = (volume as { readonly ephemeral?: unknown }).ephemeral !== undefined;
    const name = ephemeral ? `${pod.metadata.name}-${volume.name}` : volume.persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim = cluster.claims.get(keyIn(pod.metadata.namespace, name));
    if (claim === undefined) return obstacle(`persistentvolumeclaim "${name}" not found`);
    if (isTerminating(claim)) return obstacle(`persistentvolumeclaim "${name}" is being deleted`);
    if (claim.status?.phase === "Lost")
      return obstacle(
        `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName}"`,
      );
    if (claim.status?.phase === "Bound" && claim.spec?.volumeName !== undefined) bound.push(claim);
    else if (waitsForConsumer(claim, cluster)) waiting.push(claim);
    else return obstacle("pod has unbound immediate PersistentVolumeClaims");
  }
  return { bound, waiting };
}

/** Why the claims forbid this node. */
export function volumesAllow(volumes: PodVolumes, view: NodeView, cluster: ClusterView): Reasons {
  const name = view.node.metadata.name ?? "";
  for (const claim of volumes.bound) {
    const volume = cluster.volumes.get(claim.spec?.volumeName ?? "");
    const terms = volume?.spec?.nodeAffinity?.required?.nodeSelectorTerms;
    if (terms !== undefined && !matchesNodeTerms(terms, view.node))
      return ["node(s) had volume node affinity conflict"];
    if (claim.spec?.accessModes?.includes("ReadWriteOncePod") === true && isUsed(claim, cluster)) {
      return ["node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"];
    }
  }
  for (const claim of volumes.waiting) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== name) return ["node(s) had volume node affinity conflict"];
    if (!canProvide(claim, view.node, cluster)) return ["node(s) didn't find available persistent volumes to bind"];
  }
  return [];
}

function waitsForConsumer(claim: PersistentVolumeClaim, cluster: ClusterView): boolean {
  const storageClass = cluster.storageClasses.get(claim.spec?.storageClassName ?? "");
  return storageClass?.volumeBindingMode === "WaitForFirstConsumer";
}

/** By making a volume there, or with a free one that is there. */
function canProvide(claim: PersistentVolumeClaim, node: Node, cluster: ClusterView): boolean {
  const storageClass = cluster.storageClasses.get(claim.spec?.storageClassName ?? "");
  if (storageClass !== undefined && storageClass.provisioner !== NO_PROVISIONER) {
    const topologies = storageClass.allowedTopologies ?? [];
    return (
      topologies.length === 0 ||
      topologies.some((term) =>
        (term.matchLabelExpressions ?? []).every((e) => e.values.includes(node.metadata.labels?.[e.key] ?? "")),
      )
    );
  }
  return [...cluster.volumes.values()].some(
    (volume) =>
      volume.spec?.storageClassName === claim.spec?.storageClassName &&
      volume.status?.phase === "Available" &&
      (volume.spec?.nodeAffinity?.required === undefined ||
        matchesNodeTerms(volume.spec.nodeAffinity.required.nodeSelectorTerms, node)),
  );
}

function isUsed(claim: PersistentVolumeClaim, cluster: ClusterView): boolean {
  return cluster.nodes.some(({ pods }) =>
    pods.some(
      (pod) =>
        pod.metadata.namespace === claim.metadata.namespace &&
        pod.spec?.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === claim.metadata.name) === true,
    ),
  );
}

function obstacle(why: string): PodVolumes {
  return { obstacle: why, bound: [], waiting: [] };
}
