/** Runs PodDisruptionBudgets. */
import { keyOf, kinds, mapped, own } from "@keelson/kube";
import { plannedController } from "../execution/planned-controller.ts";
import { controllerOf } from "../objects/owners.ts";
import { isTerminal } from "../objects/pod-state.ts";
import { matchesSelector } from "../objects/selector.ts";
import type { OwnerReference, Pod } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import { planDisruption } from "./plan.ts";

/** The controller; start it with `run`. */
export function disruptionController(runtime: Runtime): Part {
  const { cache, now } = runtime;
  const budgets = cache.informer(kinds.PodDisruptionBudget);
  const pods = cache.informer(kinds.Pod);

  /** Wanted size of a pod's controller; undefined for kinds that have none (then the pod counts for itself). */
  const sizeOf = (namespace: string | undefined, owner: OwnerReference): { uid: string; size: number } | undefined => {
    const ref = { namespace, name: owner.name };
    if (owner.kind === "StatefulSet") {
      return { uid: owner.uid, size: cache.get(kinds.StatefulSet, ref)?.spec?.replicas ?? 0 };
    }
    if (owner.kind !== "ReplicaSet") return undefined;
    const set = cache.get(kinds.ReplicaSet, ref);
    const deployment = set && controllerOf(set);
    if (deployment?.kind !== "Deployment") return { uid: owner.uid, size: set?.spec?.replicas ?? 0 };
    const live = cache.get(kinds.Deployment, { namespace, name: deployment.name });
    return { uid: deployment.uid, size: live?.spec?.replicas ?? set?.spec?.replicas ?? 0 };
  };

  const scalesOf = (selected: readonly Pod[]): ReadonlyMap<string, number> => {
    const scales = new Map<string, number>();
    for (const pod of selected) {
      if (isTerminal(pod)) continue;
      const owner = controllerOf(pod);
      const scale = owner && sizeOf(pod.metadata.namespace, owner);
      scales.set(scale?.uid ?? pod.metadata.uid ?? "", scale?.size ?? 1);
    }
    return scales;
  };

  return plannedController(
    {
      name: "disruption",
      sources: [
        own(budgets),
        mapped(pods, ({ object, previous }) =>
          budgets
            .list(object.metadata.namespace)
            .filter(
              ({ spec }) =>
                matchesSelector(spec?.selector, object.metadata.labels) ||
                (previous !== undefined && matchesSelector(spec?.selector, previous.metadata.labels)),
            )
            .map(keyOf),
        ),
        // A wanted size that changes moves budgets in percent and those with maxUnavailable.
        ...[kinds.StatefulSet, kinds.Deployment, kinds.ReplicaSet].map((kind) =>
          mapped(
            cache.informer(kind as typeof kinds.StatefulSet),
            ({ object }) => budgets.list(object.metadata.namespace).map(keyOf),
            {
              when: (change) =>
                change.type === "updated" && change.object.spec?.replicas !== change.previous.spec?.replicas,
            },
          ),
        ),
      ],
      plan: (key) => {
        const budget = budgets.get(key);
        if (budget === undefined) return undefined;
        const selected = pods
          .list(budget.metadata.namespace)
          .filter((pod) => matchesSelector(budget.spec?.selector, pod.metadata.labels));
        return planDisruption({ budget, pods: selected, scales: scalesOf(selected), now: now() });
      },
    },
    runtime,
  );
}
