/** A DaemonSet's pods: on which nodes, and how they are made. Pure. */
import { controllerReference, type Owner } from "../objects/owners.ts";
import { podFromTemplate } from "../objects/pod-template.ts";
import { untolerated } from "../objects/tolerations.ts";
import type { DaemonSet, Node, NodeSelectorTerm, Pod, PodTemplateSpec, Toleration } from "../objects/types.ts";
import { satisfiesNodeAffinity } from "../scheduler/filters.ts";
import { REVISION_LABEL } from "../statefulset/members.ts";

/** Daemons stay on nodes in trouble: that is what they are for. */
const TOLERATIONS: readonly Toleration[] = [
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute" },
  { key: "node.kubernetes.io/disk-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/pid-pressure", operator: "Exists", effect: "NoSchedule" },
  { key: "node.kubernetes.io/unschedulable", operator: "Exists", effect: "NoSchedule" },
];

/** Whether a pod belongs on the node. */
export function shouldRun(set: DaemonSet, node: Node): boolean {
  return fits(set, node, ["NoSchedule", "NoExecute"]);
}

/** Whether a pod that is there may stay: only a `NoExecute` taint drives it away. */
export function shouldStay(set: DaemonSet, node: Node): boolean {
  return fits(set, node, ["NoExecute"]);
}

/** The node a pod is on, or is meant for. */
export function nodeOf(pod: Pod): string | undefined {
  if (pod.spec?.nodeName !== undefined && pod.spec.nodeName !== "") return pod.spec.nodeName;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const fields = (required?.nodeSelectorTerms ?? []).flatMap((term) => term.matchFields ?? []);
  return fields.find((field) => field.key === "metadata.name")?.values?.[0];
}

/** A pod for the node; the scheduler binds it there. */
export function daemonPod(
  owner: Owner,
  template: PodTemplateSpec,
  at: { readonly node: Node; readonly hash: string },
): Pod {
  const pod = podFromTemplate(owner, template, { [REVISION_LABEL]: at.hash });
  const spec = pod.spec ?? { containers: [] };
  const only = { matchFields: [{ key: "metadata.name", operator: "In", values: [at.node.metadata.name ?? ""] }] };
  const { requiredDuringSchedulingIgnoredDuringExecution: required, ...preferred } = spec.affinity?.nodeAffinity ?? {};
  const terms: NodeSelectorTerm[] =
    required === undefined ? [only] : required.nodeSelectorTerms.map((term) => ({ ...term, ...only }));
  const nodeAffinity = { ...preferred, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } };
  return {
    ...pod,
    metadata: { ...pod.metadata, ownerReferences: [controllerReference(owner)] },
    spec: {
      ...spec,
      affinity: { ...spec.affinity, nodeAffinity },
      tolerations: [...(spec.tolerations ?? []), ...tolerationsOf(template)],
    },
  };
}

function fits(set: DaemonSet, node: Node, effects: readonly string[]): boolean {
  const template = set.spec?.template ?? {};
  const pod: Pod = { metadata: {}, ...(template.spec === undefined ? {} : { spec: template.spec }) };
  if (template.spec?.nodeName !== undefined && template.spec.nodeName !== node.metadata.name) return false;
  if (!satisfiesNodeAffinity(pod, node)) return false;
  const tolerations = [...(template.spec?.tolerations ?? []), ...tolerationsOf(template)];
  return untolerated(node.spec?.taints, tolerations, effects) === undefined;
}

function tolerationsOf(template: PodTemplateSpec): readonly Toleration[] {
  const network: Toleration = {
    key: "node.kubernetes.io/network-unavailable",
    operator: "Exists",
    effect: "NoSchedule",
  };
  return template.spec?.hostNetwork === true ? [...TOLERATIONS, network] : TOLERATIONS;
}
