/** Finalizers: what must be done before an object may go. */
import type { KubeObject, Live, Patch } from "@keelson/kube";

/** Whether the object is held back by this finalizer. */
export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata?.finalizers?.includes(finalizer) ?? false;
}

function isBeingDeleted(object: KubeObject): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}

/**
 * A patch that adds and removes finalizers and touches nothing else; undefined when they already are as wanted. It names the version that it was
 * made from: when somebody else changed the object meanwhile, it fails with a conflict instead of undoing that.
 *
 * Finalizers are not added to an object that is being deleted: the API refuses it.
 */
export function finalizerPatch(
  object: Live,
  { add = [], remove = [] }: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Patch | undefined {
  const before = object.metadata.finalizers ?? [];
  const added = isBeingDeleted(object) ? [] : add.filter((name) => !before.includes(name) && !remove.includes(name));
  const after = [...before.filter((name) => !remove.includes(name)), ...added];
  if (after.length === before.length && added.length === 0) return undefined;
  return {
    type: "merge",
    body: { metadata: { resourceVersion: object.metadata.resourceVersion, finalizers: after } },
  };
}
