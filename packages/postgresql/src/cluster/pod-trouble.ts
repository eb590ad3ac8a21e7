/** Why pods do not run, in words, as far as Kubernetes knows. Pure. */
import type { ContainerStatus, Live, Pod } from "@keelson/kube";
import { AGENT_FIELD, imageField, type PodKind } from "./image-field.ts";
import { label } from "./labels.ts";
import type { PgCluster } from "./model.ts";
import * as names from "./names.ts";
import { instancesOf, isReady, type View } from "./view.ts";

/** All containers of a pod, those first that run first. */
export const containersOf = (pod: Live<Pod>): readonly ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
];

/** Why the image of a container cannot be pulled, and the field to blame. */
export function pullTrouble(
  c: PgCluster,
  kind: PodKind,
  status: ContainerStatus,
): { readonly field: string; readonly message: string } | undefined {
  const { reason = "", message = "" } = status.state?.waiting ?? {};
  if (!/ImagePull|ErrImage|InvalidImage/.test(reason)) return undefined;
  const field = imageField(c, kind, status.name);
  const agents = field === AGENT_FIELD;
  const whose = agents ? "Image of Keelson's agent" : "Image";
  const remedy = agents
    ? "Give credentials in spec.imagePullSecrets, or have the operator name another image."
    : "Correct the name, or give credentials in spec.imagePullSecrets.";
  return {
    field,
    message: `${whose} ${status.image} cannot be pulled (${message === "" ? reason : message}). ${remedy}`,
  };
}

/** Why one pod does not run; undefined when nothing is known against it. */
export function podTrouble(c: PgCluster, kind: PodKind, pod: Live<Pod> | undefined): string | undefined {
  if (pod === undefined) return undefined;
  const scheduled = pod.status?.conditions?.find((each) => each.type === "PodScheduled");
  if (scheduled?.status === "False")
    return `cannot be placed: ${scheduled.message ?? scheduled.reason ?? "no reason given"}`;
  for (const status of containersOf(pod)) {
    const pull = pullTrouble(c, kind, status);
    if (pull !== undefined) return `${pull.field}: ${pull.message}`;
    const { waiting } = status.state ?? {};
    if (waiting?.reason === "CreateContainerConfigError") return `container ${status.name}: ${waiting.message ?? ""}`;
    const ended = status.state?.terminated ?? status.lastState?.terminated;
    if (ended !== undefined && ended.exitCode !== 0 && status.ready !== true) {
      const text = (ended.message ?? "").trim().split("\n").at(-1) ?? "";
      return `container ${status.name} ended with ${ended.exitCode}${text === "" ? ` (${ended.reason ?? "no reason given"})` : `: ${text}`}`;
    }
  }
  return undefined;
}

/** Time within which a pod that has a node has its volumes and its network. */
const PREPARED_MS = 60_000;

/** Said of a pod that has been on its node for longer without them. Only its events tell which one is missing. */
function unprepared(pod: Live<Pod> | undefined, now: number): string | undefined {
  const conditionOf = (type: string) => pod?.status?.conditions?.find((each) => each.type === type);
  const placed = Date.parse(conditionOf("PodScheduled")?.lastTransitionTime ?? "");
  if (conditionOf("PodReadyToStartContainers")?.status !== "False" || !(now - placed > PREPARED_MS)) return undefined;
  return `waits on its node for a volume or the network since ${new Date(placed).toISOString()}; a Secret or ConfigMap that it mounts may be missing. See why with "kubectl describe pod ${pod?.metadata.name}"`;
}

/** Every pod that should run and does not, with the reason: instances, the repository host, poolers. */
export function podTroubles(c: PgCluster, view: View): string[] {
  const found: string[] = [];
  const look = (what: string, kind: PodKind, pod: Live<Pod> | undefined): void => {
    const trouble = isReady(pod) ? undefined : (podTrouble(c, kind, pod) ?? unprepared(pod, view.now));
    if (trouble !== undefined) found.push(`${what} ${trouble}`);
  };
  for (const i of instancesOf(view)) look(`instance ${i.name}`, { set: i.set }, i.pod);
  if (c.backups.enabled) look("repository host", "repoHost", view.pods.get(names.repoHostPod(c)));
  if (c.pooler !== undefined) {
    for (const pod of view.pods.values()) {
      if (pod.metadata.labels?.[label.role] === "pgbouncer") look(`pooler ${pod.metadata.name}`, "pooler", pod);
    }
  }
  return found;
}
