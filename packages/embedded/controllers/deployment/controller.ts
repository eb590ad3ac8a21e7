/** Runs Deployments. */
import { keyOf, kinds, mapped, own, ownedBy } from "@keelson/kube";
import { orphansOf } from "../execution/orphan-source.ts";
import { plannedController } from "../execution/planned-controller.ts";
import { claimObjects } from "../objects/claim-objects.ts";
import { BY_CONTROLLER, claimable, ownership } from "../objects/indexes.ts";
import { controllerOf } from "../objects/owners.ts";
import { matchesSelector } from "../objects/selector.ts";
import type { Part, Runtime } from "../runtime.ts";
import { planDeployment } from "./plan.ts";
import type { OwningDeployment } from "./replica-sets.ts";

/** The controller; start it with `run`. */
export function deploymentController(runtime: Runtime): Part {
  const { cache, now } = runtime;
  const deployments = cache.informer(kinds.Deployment, { indexes: ownership });
  const sets = cache.informer(kinds.ReplicaSet, { indexes: ownership });
  const pods = cache.informer(kinds.Pod, { indexes: ownership });

  /** A Recreate rollout goes on when the last old pod is gone. */
  const afterPodsLeft = mapped(
    pods,
    ({ object }) => {
      const name = controllerOf(object)?.name ?? "";
      const owner = controllerOf(sets.get({ namespace: object.metadata.namespace, name }) ?? object);
      const key = owner?.kind === "Deployment" ? keyOf({ namespace: object.metadata.namespace, name: owner.name }) : "";
      return deployments.get(key)?.spec?.strategy?.type === "Recreate" ? [key] : [];
    },
    { when: (change) => change.type !== "added" && controllerOf(change.object)?.kind === "ReplicaSet" },
  );

  return plannedController(
    {
      name: "deployment",
      sources: [own(deployments), ownedBy(sets, kinds.Deployment), orphansOf(sets, deployments), afterPodsLeft],
      plan: (key) => {
        const live = deployments.get(key);
        if (live === undefined) return undefined;
        const deployment: OwningDeployment = { ...live, apiVersion: "apps/v1", kind: "Deployment" };
        const claimed = claimObjects(
          {
            owner: deployment,
            ownerKind: "Deployment",
            kind: "ReplicaSet",
            matches: (set) => matchesSelector(deployment.spec?.selector, set.metadata.labels),
          },
          claimable(sets, deployment),
        );
        if (claimed.actions.length > 0) return { actions: claimed.actions };
        const mine = new Set(claimed.mine);
        return planDeployment({
          deployment,
          replicaSets: claimed.mine,
          pods: claimed.mine.flatMap((set) => pods.byIndex(BY_CONTROLLER, set.metadata.uid ?? "")),
          takenNames: new Set(
            sets
              .list(live.metadata.namespace)
              .filter((set) => !mine.has(set))
              .map((set) => set.metadata.name),
          ),
          now: now(),
        });
      },
    },
    runtime,
  );
}
