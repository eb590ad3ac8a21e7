/** Keeps a claim while a pod uses it, and makes the claims of pods' own (ephemeral) volumes. Pure. */
import { type Action, refOf } from "../execution/actions.ts";
import { controllerReference } from "../objects/owners.ts";
import { isTerminal, isTerminating } from "../objects/pod-state.ts";
import type { PersistentVolumeClaim, Pod } from "../objects/types.ts";
import { CLAIM_PROTECTION } from "./names.ts";

/** Names of the claims that a pod uses. */
export function claimNames(pod: Pod): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim !== undefined) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral === undefined ? [] : [`${pod.metadata.name}-${volume.name}`];
  });
}

/** Adds the finalizer to a living claim, removes it from a deleted one that no scheduled pod uses. `pods` are those of the namespace. */
export function planProtection(claim: PersistentVolumeClaim, pods: readonly Pod[]): readonly Action[] {
  const { uid, resourceVersion, finalizers = [], name = "" } = claim.metadata;
  const held = finalizers.includes(CLAIM_PROTECTION);
  const patch = (next: readonly string[]): readonly Action[] => [
    {
      type: "patch",
      kind: "PersistentVolumeClaim",
      ref: refOf(claim),
      body: { metadata: { uid, resourceVersion, finalizers: next } },
    },
  ];
  if (!isTerminating(claim)) return held ? [] : patch([...finalizers, CLAIM_PROTECTION]);
  if (!held) return [];
  const used = pods.some((pod) => (pod.spec?.nodeName ?? "") !== "" && claimNames(pod).includes(name));
  return used ? [] : patch(finalizers.filter((each) => each !== CLAIM_PROTECTION));
}

/** Claims of the pod's ephemeral volumes that are not there yet. */
export function ephemeralClaims(pod: Pod, exists: (name: string) => boolean): readonly Action[] {
  if (isTerminating(pod) || isTerminal(pod)) return [];
  return (pod.spec?.volumes ?? []).flatMap((volume): readonly Action[] => {
    const template = volume.ephemeral?.volumeClaimTemplate;
    const name = `${pod.metadata.name}-${volume.name}`;
    if (template === undefined || exists(name)) return [];
    const { labels, annotations } = template.metadata ?? {};
    const object = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name,
        namespace: pod.metadata.namespace ?? "",
        ...(labels === undefined ? {} : { labels }),
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [controllerReference({ apiVersion: "v1", kind: "Pod", metadata: pod.metadata })],
      },
      spec: template.spec,
    };
    return [{ type: "create", kind: "PersistentVolumeClaim", object, ifExists: "ignore" }];
  });
}
