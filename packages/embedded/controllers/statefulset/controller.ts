/** Runs StatefulSets. */
import { keyOf, kinds, mapped, own, ownedBy } from "@keelson/kube";
import { orphansOf } from "../execution/orphan-source.ts";
import { plannedController } from "../execution/planned-controller.ts";
import { claimObjects } from "../objects/claim-objects.ts";
import { claimable, ownership } from "../objects/indexes.ts";
import { matchesSelector } from "../objects/selector.ts";
import type { PersistentVolumeClaim, StatefulSet } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import { type OwningSet, ordinalOf } from "./members.ts";
import { planStatefulSet } from "./plan.ts";

/** The controller; start it with `run`. */
export function statefulSetController(runtime: Runtime): Part {
  const { cache, now } = runtime;
  const sets = cache.informer(kinds.StatefulSet);
  const pods = cache.informer(kinds.Pod, { indexes: ownership });
  const revisions = cache.informer(kinds.ControllerRevision, { indexes: ownership });
  const claims = cache.informer(kinds.PersistentVolumeClaim);

  return plannedController(
    {
      name: "statefulset",
      sources: [
        own(sets),
        ownedBy(pods, kinds.StatefulSet),
        orphansOf(pods, sets),
        ownedBy(revisions, kinds.StatefulSet),
        mapped(claims, ({ object }) =>
          sets
            .list(object.metadata.namespace)
            .filter((set) => usesClaim(set, object))
            .map(keyOf),
        ),
      ],
      plan: (key) => {
        const live = sets.get(key);
        if (live === undefined) return undefined;
        const set: OwningSet = { ...live, apiVersion: "apps/v1", kind: "StatefulSet" };
        const rules = { owner: set, ownerKind: "StatefulSet" } as const;
        const selects = (labels: Readonly<Record<string, string>> | undefined) =>
          matchesSelector(set.spec?.selector, labels);
        const claimedPods = claimObjects(
          {
            ...rules,
            kind: "Pod",
            matches: (pod) => selects(pod.metadata.labels) && ordinalOf(set, pod.metadata.name) !== undefined,
          },
          claimable(pods, set),
        );
        const claimedRevisions = claimObjects(
          { ...rules, kind: "ControllerRevision", matches: (revision) => selects(revision.metadata.labels) },
          claimable(revisions, set),
        );
        const adoptions = [...claimedRevisions.actions, ...claimedPods.actions];
        // The next pass, with everything in its place, decides on the rest.
        if (adoptions.length > 0) return { actions: adoptions };
        return planStatefulSet({
          set,
          revisions: claimedRevisions.mine,
          pods: claimedPods.mine,
          claims: new Map(claims.list(set.metadata.namespace).map((claim) => [claim.metadata.name, claim])),
          now: now(),
        });
      },
    },
    runtime,
  );
}

/** Whether the claim is, by its name, one of the set's. */
function usesClaim(set: StatefulSet, claim: PersistentVolumeClaim): boolean {
  return (set.spec?.volumeClaimTemplates ?? []).some((template) => {
    const prefix = `${template.metadata?.name ?? ""}-`;
    const name = claim.metadata.name ?? "";
    return name.startsWith(prefix) && ordinalOf(set, name.slice(prefix.length)) !== undefined;
  });
}
