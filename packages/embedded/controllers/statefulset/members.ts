/** Names and shape of a StatefulSet's pods and claims. Pure. */
import { controllerReference } from "../objects/owners.ts";
import type { Labels, PersistentVolumeClaim, Pod, PodTemplateSpec, StatefulSet } from "../objects/types.ts";

/** Carries the revision that a pod was made from. */
export const REVISION_LABEL = "controller-revision-hash";
/** Carries the pod's own name, so that a Service can select one pod. */
export const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
/** Carries the ordinal. */
export const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

/** The set with its types, as owners need it. */
export type OwningSet = StatefulSet & { readonly apiVersion: "apps/v1"; readonly kind: "StatefulSet" };

/** First ordinal (`spec.ordinals.start`). */
export function startOrdinal(set: StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0;
}

/** Wanted number of pods. */
export function replicasOf(set: StatefulSet): number {
  return set.spec?.replicas ?? 1;
}

/** The ordinal in a pod's name; undefined when the name is not `<set>-<number>`. */
export function ordinalOf(set: StatefulSet, podName: string | undefined): number | undefined {
  const match = /^(.*)-(\d+)$/.exec(podName ?? "");
  return match !== null && match[1] === set.metadata.name ? Number(match[2]) : undefined;
}

/** Whether this ordinal is one of the wanted ones. */
export function isWanted(set: StatefulSet, ordinal: number): boolean {
  return ordinal >= startOrdinal(set) && ordinal < startOrdinal(set) + replicasOf(set);
}

/** The claims of one ordinal, complete, in the order of the templates. */
export function claimsOf(set: StatefulSet, ordinal: number): readonly PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const labels: Labels = { ...template.metadata?.labels, ...set.spec?.selector.matchLabels };
    const { annotations, finalizers } = template.metadata ?? {};
    return {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name: claimName(set, template.metadata?.name ?? "", ordinal),
        namespace: set.metadata.namespace ?? "",
        ...(Object.keys(labels).length === 0 ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ...(finalizers === undefined ? {} : { finalizers }),
      },
      ...(template.spec === undefined ? {} : { spec: template.spec }),
    };
  });
}

/** A complete pod of the set for this ordinal, made from `template` and labelled with `revision`. */
export function memberPod(set: OwningSet, template: PodTemplateSpec, revision: string, ordinal: number): Pod {
  const name = `${set.metadata.name ?? ""}-${ordinal}`;
  const { annotations, finalizers } = template.metadata ?? {};
  const subdomain = set.spec?.serviceName;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      generateName: `${set.metadata.name ?? ""}-`,
      namespace: set.metadata.namespace ?? "",
      labels: { ...template.metadata?.labels, ...identityLabels(name, ordinal), [REVISION_LABEL]: revision },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      ...(template.spec ?? { containers: [] }),
      hostname: name,
      ...(subdomain === undefined || subdomain === "" ? {} : { subdomain }),
      volumes: volumesOf(set, template.spec?.volumes ?? [], ordinal),
    },
  };
}

/** Labels that every member must carry; undefined when the pod has them. */
export function missingIdentity(set: StatefulSet, pod: Pod, ordinal: number): Labels | undefined {
  const name = `${set.metadata.name ?? ""}-${ordinal}`;
  return pod.metadata.labels?.[POD_NAME_LABEL] === name ? undefined : identityLabels(name, ordinal);
}

function identityLabels(name: string, ordinal: number): Labels {
  return { [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal) };
}

function claimName(set: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name ?? ""}-${ordinal}`;
}

type Volumes = NonNullable<NonNullable<Pod["spec"]>["volumes"]>;

/** The template's volumes, those that a claim template names replaced by the ordinal's claim. */
function volumesOf(set: StatefulSet, volumes: Volumes, ordinal: number): Volumes {
  const templates = (set.spec?.volumeClaimTemplates ?? []).map((template) => template.metadata?.name ?? "");
  const claims = templates.map((name) => ({
    name,
    persistentVolumeClaim: { claimName: claimName(set, name, ordinal) },
  }));
  return [...claims, ...volumes.filter((volume) => !templates.includes(volume.name))];
}
