/** Runs DaemonSets. */
import { type Change, canonicalJson, kinds, mapped, own, ownedBy, type Node as WireNode } from "@keelson/kube";
import { orphansOf } from "../execution/orphan-source.ts";
import { plannedController } from "../execution/planned-controller.ts";
import { claimObjects } from "../objects/claim-objects.ts";
import { claimable, ownership } from "../objects/indexes.ts";
import { matchesSelector } from "../objects/selector.ts";
import type { Part, Runtime } from "../runtime.ts";
import { type OwningDaemonSet, planDaemonSet } from "./plan.ts";

/** The controller; start it with `run`. */
export function daemonSetController(runtime: Runtime): Part {
  const { cache, now } = runtime;
  const sets = cache.informer(kinds.DaemonSet);
  const pods = cache.informer(kinds.Pod, { indexes: ownership });
  const nodes = cache.informer(kinds.Node);
  const revisions = cache.informer(kinds.ControllerRevision, { indexes: ownership });
  return plannedController(
    {
      name: "daemonset",
      sources: [
        own(sets),
        ownedBy(pods, kinds.DaemonSet),
        ownedBy(revisions, kinds.DaemonSet),
        orphansOf(pods, sets),
        mapped(nodes, () => sets.keys(), { when: nodeMatters }),
      ],
      plan: (key) => {
        const live = sets.get(key);
        if (live === undefined) return undefined;
        const set: OwningDaemonSet = { ...live, apiVersion: "apps/v1", kind: "DaemonSet" };
        const matches = ({ metadata }: { metadata: { labels?: Record<string, string> } }) =>
          matchesSelector(set.spec?.selector, metadata.labels);
        const rules = { owner: set, ownerKind: "DaemonSet", matches } as const;
        const claimedPods = claimObjects({ ...rules, kind: "Pod" }, claimable(pods, set));
        const claimedRevisions = claimObjects({ ...rules, kind: "ControllerRevision" }, claimable(revisions, set));
        const adoptions = [...claimedRevisions.actions, ...claimedPods.actions];
        if (adoptions.length > 0) return { actions: adoptions };
        return planDaemonSet({
          set,
          pods: claimedPods.mine,
          revisions: claimedRevisions.mine,
          nodes: nodes.list(),
          now: now(),
        });
      },
    },
    runtime,
  );
}

function nodeMatters(change: Change<WireNode>): boolean {
  const part = ({ metadata, spec }: WireNode) => canonicalJson([metadata?.labels, spec]);
  return change.type !== "updated" || part(change.object) !== part(change.previous);
}
