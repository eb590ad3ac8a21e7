/** Runs ReplicaSets. */
import { kinds, own, ownedBy } from "@keelson/kube";
import { orphansOf } from "../execution/orphan-source.ts";
import { plannedController } from "../execution/planned-controller.ts";
import { claimObjects } from "../objects/claim-objects.ts";
import { claimable, ownership } from "../objects/indexes.ts";
import { isTerminal } from "../objects/pod-state.ts";
import { matchesSelector } from "../objects/selector.ts";
import type { Part, Runtime } from "../runtime.ts";
import { type OwningReplicaSet, planReplicaSet } from "./plan.ts";

/** The controller; start it with `run`. */
export function replicaSetController(runtime: Runtime): Part {
  const { cache, now } = runtime;
  const sets = cache.informer(kinds.ReplicaSet, { indexes: ownership });
  const pods = cache.informer(kinds.Pod, { indexes: ownership });
  return plannedController(
    {
      name: "replicaset",
      sources: [own(sets), ownedBy(pods, kinds.ReplicaSet), orphansOf(pods, sets)],
      plan: (key) => {
        const live = sets.get(key);
        if (live === undefined) return undefined;
        const set: OwningReplicaSet = { ...live, apiVersion: "apps/v1", kind: "ReplicaSet" };
        const claimed = claimObjects(
          {
            owner: set,
            ownerKind: "ReplicaSet",
            kind: "Pod",
            matches: (pod) => matchesSelector(set.spec?.selector, pod.metadata.labels) && !isTerminal(pod),
          },
          // An ended pod stays its owner's, but is not adopted.
          claimable(pods, set).filter((pod) => !isTerminal(pod)),
        );
        if (claimed.actions.length > 0) return { actions: claimed.actions };
        return planReplicaSet({ set, pods: claimed.mine, now: now() });
      },
    },
    runtime,
  );
}
