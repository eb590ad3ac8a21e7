/** A Deployment's ReplicaSets: which is the new one, revisions, the annotations they carry. Pure. */
import { canonicalJson } from "@keelson/kube";
import { contentHash } from "../objects/canonical.ts";
import { resolveIntOrPercent } from "../objects/int-or-percent.ts";
import { controllerReference } from "../objects/owners.ts";
import type { Deployment, Labels, PodTemplateSpec, ReplicaSet } from "../objects/types.ts";

/** A Deployment with its types, so that it can own. */
export type OwningDeployment = Deployment & { readonly apiVersion: "apps/v1"; readonly kind: "Deployment" };

export const HASH_LABEL = "pod-template-hash";
export const REVISION = "deployment.kubernetes.io/revision";
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

/** Annotations of a Deployment that are not copied to its ReplicaSets. */
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);

/** Wanted number of pods. */
export function wantedReplicas(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

/** Pods that may exist beyond, and be missing from, the wanted number during a rolling update. */
export function rollingLimits(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  if (deployment.spec?.strategy?.type === "Recreate") return { surge: 0, unavailable: 0 };
  const wanted = wantedReplicas(deployment);
  const { maxSurge = "25%", maxUnavailable = "25%" } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const surge = resolveIntOrPercent(maxSurge, wanted, "up") ?? 1;
  const unavailable = resolveIntOrPercent(maxUnavailable, wanted, "down") ?? 0;
  // Both zero would stop every update; the API refuses it for numbers, percentages can still round to it.
  if (surge === 0 && unavailable === 0) return { surge, unavailable: 1 };
  return { surge, unavailable: wanted > 0 ? Math.min(unavailable, wanted) : unavailable };
}

/** The ReplicaSet of the present template (the oldest, should there be several) and the others. */
export function splitReplicaSets(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
): { readonly newSet: ReplicaSet | undefined; readonly oldSets: readonly ReplicaSet[] } {
  const wanted = canonicalJson(withoutHash(deployment.spec?.template ?? {}));
  const newSet = [...sets].sort(byAge).find((set) => canonicalJson(withoutHash(set.spec?.template ?? {})) === wanted);
  return { newSet, oldSets: sets.filter((set) => set !== newSet) };
}

/** The number in the revision annotation; 0 without one. */
export function revisionOf(set: ReplicaSet | Deployment): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0) || 0;
}

/** Wanted replicas of a ReplicaSet. */
export function sizeOf(set: ReplicaSet): number {
  return set.spec?.replicas ?? 0;
}

/** Sum of the sizes. */
export function totalSize(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + sizeOf(set), 0);
}

/** Older first, name breaking ties. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const key = (set: ReplicaSet) => `${set.metadata.creationTimestamp ?? ""}/${set.metadata.name ?? ""}`;
  return key(a) < key(b) ? -1 : 1;
}

/** The annotations a ReplicaSet needs for this Deployment and size; only those that must change or be added. */
export function scaleAnnotations(deployment: Deployment): Labels {
  const wanted = wantedReplicas(deployment);
  return {
    [DESIRED_REPLICAS]: String(wanted),
    [MAX_REPLICAS]: String(wanted + rollingLimits(deployment).surge),
  };
}

/** Annotations of the new ReplicaSet that differ from what it has: copied ones and the revision. */
export function newSetAnnotations(deployment: Deployment, set: ReplicaSet | undefined, revision: number): Labels {
  const have = set?.metadata.annotations ?? {};
  const wanted: Record<string, string> = {};
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!NOT_COPIED.has(key)) wanted[key] = value;
  }
  const old = Number(have[REVISION] ?? 0) || 0;
  if (revision > old) {
    wanted[REVISION] = String(revision);
    if (old > 0) {
      const history = have[REVISION_HISTORY];
      wanted[REVISION_HISTORY] = history === undefined || history === "" ? String(old) : `${history},${old}`;
    }
  }
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => have[key] !== value));
}

/** The ReplicaSet for the present template, complete; `replicas` is its first size. */
export function newReplicaSet(
  deployment: OwningDeployment,
  init: { readonly replicas: number; readonly revision: number },
): ReplicaSet {
  const template = deployment.spec?.template ?? {};
  const collisions = deployment.status?.collisionCount ?? 0;
  const hash = contentHash(template, collisions === 0 ? undefined : collisions);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const selector = deployment.spec?.selector;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${deployment.metadata.name ?? ""}-${hash}`,
      namespace: deployment.metadata.namespace ?? "",
      labels,
      annotations: { ...newSetAnnotations(deployment, undefined, init.revision), ...scaleAnnotations(deployment) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: init.replicas,
      ...(deployment.spec?.minReadySeconds === undefined ? {} : { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector?.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}
