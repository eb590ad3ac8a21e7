/** Which objects a controller calls its own: adopts matching orphans, releases what no longer matches. Pure. */
import type { Action, AnyObject, KindName } from "../execution/actions.ts";
import { refOf } from "../execution/actions.ts";
import { controllerOf, controllerReference, type Owner } from "./owners.ts";
import { isTerminating } from "./pod-state.ts";

/** How to tell the owner's objects from others. */
export interface ClaimRules<T> {
  readonly owner: Owner;
  /** Kind of the owner, to check with the API server that it lives before something is adopted. */
  readonly ownerKind: KindName;
  readonly kind: KindName;
  /** Whether the object should belong to the owner (selector, and for StatefulSets the name). */
  readonly matches: (object: T) => boolean;
}

/** The owner's objects, and the patches that make it so. */
export interface Claimed<T> {
  readonly mine: readonly T[];
  readonly actions: readonly Action[];
}

/**
 * Sorts `candidates` (all objects of the namespace) into the owner's and others'. An orphan that matches is adopted
 * and counts as owned only once the cache says so; an owned one that no longer matches is released at once.
 */
export function claimObjects<T extends AnyObject>(rules: ClaimRules<T>, candidates: Iterable<T>): Claimed<T> {
  const mine: T[] = [];
  const actions: Action[] = [];
  const { owner } = rules;
  for (const object of candidates) {
    const controller = controllerOf(object);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (rules.matches(object)) mine.push(object);
      else if (!isTerminating(owner)) actions.push(release(rules, object));
    } else if (!isTerminating(owner) && !isTerminating(object) && rules.matches(object)) {
      actions.push(adopt(rules, object));
    }
  }
  return { mine, actions };
}

function adopt<T extends AnyObject>(rules: ClaimRules<T>, object: T): Action {
  const others = (object.metadata.ownerReferences ?? []).filter((r) => r.uid !== rules.owner.metadata.uid);
  return {
    ...ownersPatch(rules.kind, object, [...others, controllerReference(rules.owner)]),
    onlyWhile: { kind: rules.ownerKind, ref: refOf(rules.owner), uid: rules.owner.metadata.uid },
  };
}

function release<T extends AnyObject>(rules: ClaimRules<T>, object: T): Action {
  const others = (object.metadata.ownerReferences ?? []).filter((r) => r.uid !== rules.owner.metadata.uid);
  return ownersPatch(rules.kind, object, others);
}

function ownersPatch(kind: KindName, object: AnyObject, ownerReferences: readonly object[]): PatchAction {
  const { uid, resourceVersion } = object.metadata;
  return { type: "patch", kind, ref: refOf(object), body: { metadata: { uid, resourceVersion, ownerReferences } } };
}

type PatchAction = Extract<Action, { type: "patch" }>;
