/** Whether a pod may run on a node, plugin by plugin; each answers why not, in Kubernetes' words. Pure. */
import { amounts, podRequests } from "../objects/pod-requests.ts";
import { matchesLabels, matchesNodeTerms } from "../objects/selector.ts";
import { untolerated } from "../objects/tolerations.ts";
import type { Container, Node, Pod } from "../objects/types.ts";
import type { NodeView } from "./cluster.ts";

/** Reasons why not; none when the pod fits. */
export type Reasons = readonly string[];

/** Pods a node takes when it does not say. */
const DEFAULT_PODS = 110;

/** The filters that look at one node alone, in order: the first that objects ends the others. */
export const nodeFilters: readonly ((pod: Pod, view: NodeView) => Reasons)[] = [
  schedulable,
  toleratesTaints,
  matchesNodeAffinity,
  hasFreePorts,
  fitsResources,
];

const UNSCHEDULABLE = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

function schedulable(pod: Pod, { node }: NodeView): Reasons {
  if (node.spec?.unschedulable !== true) return [];
  const tolerated = untolerated([UNSCHEDULABLE], pod.spec?.tolerations, ["NoSchedule"]) === undefined;
  return tolerated ? [] : ["node(s) were unschedulable"];
}

function toleratesTaints(pod: Pod, { node }: NodeView): Reasons {
  const taint = untolerated(node.spec?.taints, pod.spec?.tolerations, ["NoSchedule", "NoExecute"]);
  return taint === undefined ? [] : [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`];
}

function matchesNodeAffinity(pod: Pod, { node }: NodeView): Reasons {
  return satisfiesNodeAffinity(pod, node) ? [] : ["node(s) didn't match Pod's node affinity/selector"];
}

/** nodeSelector and required node affinity. */
export function satisfiesNodeAffinity(pod: Pod, node: Node): boolean {
  if (!matchesLabels(pod.spec?.nodeSelector, node.metadata.labels)) return false;
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeTerms(required.nodeSelectorTerms, node);
}

interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

function hasFreePorts(pod: Pod, { pods }: NodeView): Reasons {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return [];
  const taken = pods.flatMap(hostPorts);
  const conflict = wanted.some((a) => taken.some((b) => sharePort(a, b)));
  return conflict ? ["node(s) didn't have free ports for the requested pod ports"] : [];
}

function sharePort(a: HostPort, b: HostPort): boolean {
  const everywhere = (ip: string) => ip === "0.0.0.0";
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || everywhere(a.ip) || everywhere(b.ip));
}

function hostPorts(pod: Pod): readonly HostPort[] {
  const containers: readonly Container[] = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return containers
    .flatMap((container) => container.ports ?? [])
    .filter((port) => (port.hostPort ?? 0) > 0)
    .map((port) => ({
      ip: port.hostIP === undefined || port.hostIP === "" ? "0.0.0.0" : port.hostIP,
      protocol: port.protocol ?? "TCP",
      port: port.hostPort ?? 0,
    }));
}

function fitsResources(pod: Pod, view: NodeView): Reasons {
  const allocatable = amounts(view.node.status?.allocatable);
  const reasons: string[] = [];
  const slots = allocatable["pods"] === undefined ? DEFAULT_PODS : allocatable["pods"] / 1000;
  if (view.pods.length + 1 > slots) reasons.push("Too many pods");
  for (const [name, wanted] of Object.entries(podRequests(pod))) {
    if (wanted === 0) continue;
    if (wanted + (view.requested[name] ?? 0) > (allocatable[name] ?? 0)) reasons.push(`Insufficient ${name}`);
  }
  return reasons;
}
