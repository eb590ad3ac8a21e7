/**
 * Who owns a StatefulSet's claims, by `persistentVolumeClaimRetentionPolicy`. Pure.
 *
 * | whenScaled | whenDeleted | owner of a wanted ordinal's claim | owner of a surplus ordinal's claim |
 * | --- | --- | --- | --- |
 * | Retain | Retain | none | none |
 * | Retain | Delete | set | set |
 * | Delete | Retain | none | pod |
 * | Delete | Delete | set | pod |
 *
 * A claim that names an older set or pod of the same name, or another controller, is left alone.
 */
import { controllerReference } from "../objects/owners.ts";
import type { OwnerReference, PersistentVolumeClaim, Pod } from "../objects/types.ts";
import { isWanted, type OwningSet } from "./members.ts";

/** A pod with its types and uid, so that it can own. */
type OwningPod = Pod & { readonly apiVersion: "v1"; readonly kind: "Pod" };

/** The owner references the claim should have, or undefined when they are right already. */
export function claimOwners(
  set: OwningSet,
  claim: PersistentVolumeClaim,
  member: { readonly ordinal: number; readonly pod: Pod },
): readonly OwnerReference[] | undefined {
  const pod: OwningPod = { ...member.pod, apiVersion: "v1", kind: "Pod" };
  const have = claim.metadata.ownerReferences ?? [];
  const ours = have.filter((reference) => names(reference, set) || names(reference, pod));
  const stale = ours.some((r) => r.uid !== (names(r, set) ? set.metadata.uid : pod.metadata.uid));
  if (stale) return undefined;

  const others = have.filter((reference) => !ours.includes(reference));
  const policy = policyOf(set);
  const managed = policy.scaled === "Delete" || policy.deleted === "Delete";
  const foreign = managed && others.some((reference) => reference.controller === true);
  const wanted = foreign ? [] : owners(set, pod, member.ordinal);
  const right =
    ours.length === wanted.length &&
    wanted.every((owner) => ours.some((reference) => reference.uid === owner.uid && reference.controller === true));
  return right ? undefined : [...others, ...wanted];
}

/** Whether a claim still belongs to an earlier pod of this name and is about to go: a new pod must wait for that. */
export function isStaleClaim(set: OwningSet, claim: PersistentVolumeClaim, podName: string, podUid?: string): boolean {
  if (policyOf(set).scaled !== "Delete") return false;
  return (claim.metadata.ownerReferences ?? []).some(
    (reference) => reference.kind === "Pod" && reference.name === podName && reference.uid !== podUid,
  );
}

function owners(set: OwningSet, pod: OwningPod, ordinal: number): readonly OwnerReference[] {
  const { scaled, deleted } = policyOf(set);
  if (scaled === "Delete" && !isWanted(set, ordinal)) return [controllerReference(pod)];
  return deleted === "Delete" ? [controllerReference(set)] : [];
}

function policyOf(set: OwningSet): { readonly scaled: string; readonly deleted: string } {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy;
  return { scaled: policy?.whenScaled ?? "Retain", deleted: policy?.whenDeleted ?? "Retain" };
}

function names(reference: OwnerReference, owner: OwningSet | OwningPod): boolean {
  return (
    reference.apiVersion === owner.apiVersion && reference.kind === owner.kind && reference.name === owner.metadata.name
  );
}
