/** Wakes owners when something turns up that they could adopt. */
import { type Informer, type KubeObject, keyOf, mapped, type Source } from "@keelson/kube";
import { controllerOf } from "../objects/owners.ts";
import { matchesSelector } from "../objects/selector.ts";
import type { LabelSelector } from "../objects/types.ts";

/** Orphans of `children` name every owner of their namespace whose selector matches. */
export function orphansOf<C extends KubeObject, O extends KubeObject & { spec?: { selector?: LabelSelector } }>(
  children: Informer<C>,
  owners: Informer<O>,
): Source {
  return mapped(
    children,
    ({ object }) =>
      owners
        .list(object.metadata.namespace)
        .filter((owner) => matchesSelector(owner.spec?.selector, object.metadata.labels))
        .map(keyOf),
    { when: (change) => change.type !== "deleted" && controllerOf(change.object) === undefined },
  );
}
