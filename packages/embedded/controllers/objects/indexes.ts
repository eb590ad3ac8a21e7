/** Informer indexes that several controllers share. */
import { controllerOf } from "./owners.ts";
import type { ObjectMeta } from "./types.ts";

interface Any {
  readonly metadata: ObjectMeta;
}

/** By uid of the object's controller. */
export const BY_CONTROLLER = "controllerUid";
/** Objects without a controller, by namespace. */
export const ORPHANS = "orphans";

/** Both indexes, for `cache.informer(kind, { indexes: ownership })`. */
export const ownership = {
  [BY_CONTROLLER]: (object: Any): string[] => {
    const uid = controllerOf(object)?.uid;
    return uid === undefined ? [] : [uid];
  },
  [ORPHANS]: (object: Any): string[] => (controllerOf(object) === undefined ? [object.metadata.namespace ?? ""] : []),
};

/** The objects that an owner may claim: its own and the namespace's orphans. */
export function claimable<T>(
  informer: { byIndex(name: string, value: string): T[] },
  owner: { readonly metadata: ObjectMeta },
): readonly T[] {
  const own = informer.byIndex(BY_CONTROLLER, owner.metadata.uid ?? "");
  return [...own, ...informer.byIndex(ORPHANS, owner.metadata.namespace ?? "")];
}
