/**
 * Who goes when an owner goes. Pure.
 *
 * - An object all of whose owners are gone is deleted; while one lives it only loses the references to the others.
 * - Foreground: an owner that is being deleted with `foregroundDeletion` waits for the dependents that block it; they are deleted
 *   first, in the foreground too when they have dependents of their own.
 * - Orphan: an owner that is being deleted with `orphan` first lets go of all its dependents.
 */
import type { ObjectMeta, OwnerReference } from "../objects/types.ts";

export const FOREGROUND = "foregroundDeletion";
export const ORPHAN = "orphan";

/** What is known of an owner. */
export type OwnerState =
  | "present"
  | "absent"
  /** Being deleted in the foreground. */
  | "waiting"
  /** Its kind is not served now: nothing may be concluded. */
  | "unknown";

/** What to do about a dependent. */
export type DependentDecision =
  | { readonly type: "keep" }
  | { readonly type: "dropOwners"; readonly ownerReferences: readonly OwnerReference[] }
  | { readonly type: "delete"; readonly policy: "Background" | "Foreground" | "Orphan" };

/** Decides about an object with owners. `state` tells of each owner; `hasDependents` whether it owns something itself. */
export function decideDependent(
  metadata: ObjectMeta,
  state: (owner: OwnerReference) => OwnerState,
  hasDependents: boolean,
): DependentDecision {
  const owners = metadata.ownerReferences ?? [];
  if (owners.length === 0 || isDeleting(metadata)) return { type: "keep" };
  const states = owners.map((owner) => ({ owner, state: state(owner) }));
  if (states.some((each) => each.state === "unknown")) return { type: "keep" };
  const solid = states.filter((each) => each.state === "present").map((each) => each.owner);
  if (solid.length === owners.length) return { type: "keep" };
  if (solid.length > 0) return { type: "dropOwners", ownerReferences: solid };
  const waiting = states.some((each) => each.state === "waiting");
  if (waiting && hasDependents) return { type: "delete", policy: "Foreground" };
  if (metadata.finalizers?.includes(ORPHAN) === true) return { type: "delete", policy: "Orphan" };
  if (metadata.finalizers?.includes(FOREGROUND) === true) return { type: "delete", policy: "Foreground" };
  return { type: "delete", policy: "Background" };
}

/** What to do about an object that is being deleted. */
export type DeletingDecision =
  | { readonly type: "none" }
  /** Nothing holds it any more: remove this finalizer. */
  | { readonly type: "release"; readonly finalizer: string }
  /** These must go first. */
  | { readonly type: "awaitDependents"; readonly dependents: readonly number[] }
  /** These must lose their reference first. */
  | { readonly type: "orphanDependents"; readonly dependents: readonly number[] };

/** Decides about an object that is being deleted; answers with indexes into `dependents`. */
export function decideDeleting(metadata: ObjectMeta, dependents: readonly ObjectMeta[]): DeletingDecision {
  if (!isDeleting(metadata)) return { type: "none" };
  const all = dependents.map((_, index) => index);
  if (metadata.finalizers?.includes(ORPHAN) === true) {
    if (dependents.length === 0) return { type: "release", finalizer: ORPHAN };
    return { type: "orphanDependents", dependents: all };
  }
  if (metadata.finalizers?.includes(FOREGROUND) !== true) return { type: "none" };
  const blocks = (dependent: ObjectMeta) =>
    dependent.ownerReferences?.some((owner) => owner.uid === metadata.uid && owner.blockOwnerDeletion === true) ===
    true;
  if (!dependents.some(blocks)) return { type: "release", finalizer: FOREGROUND };
  return { type: "awaitDependents", dependents: all };
}

/** Whether it is being deleted in the foreground. */
export function waitsForDependents(metadata: ObjectMeta): boolean {
  return isDeleting(metadata) && metadata.finalizers?.includes(FOREGROUND) === true;
}

/** Whether deletion was asked for. */
export function isDeleting(metadata: ObjectMeta): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null;
}
