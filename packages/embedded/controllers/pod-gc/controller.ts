/** Removes pods of nodes that are gone, unscheduled pods that are being deleted, and old ended pods. */
import { keyOf, kinds, mapped, own } from "@keelson/kube";
import { plannedController } from "../execution/planned-controller.ts";
import { BY_NODE, byNode } from "../node-lifecycle/controller.ts";
import { isTerminal } from "../objects/pod-state.ts";
import type { Millis } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import { planPodGc, remove, surplusEndedPods } from "./plan.ts";

/** The key under which ended pods are counted; no pod has it. */
const ENDED = "ended pods";

/** The controller; start it with `run`. */
export function podGcController(runtime: Runtime): Part {
  const { cache, now, monotonic } = runtime;
  const nodes = cache.informer(kinds.Node);
  const pods = cache.informer(kinds.Pod, { indexes: byNode });
  /** Since when pods' nodes are missing, by node name. */
  const missing = new Map<string, Millis>();
  const missingMs = (name: string): Millis => {
    if (nodes.get(name) !== undefined) {
      missing.delete(name);
      return 0;
    }
    const since = missing.get(name) ?? monotonic();
    missing.set(name, since);
    return monotonic() - since;
  };
  return plannedController(
    {
      name: "pod-gc",
      sources: [
        own(pods, {
          when: ({ type, object }) =>
            type !== "deleted" &&
            (object.metadata.deletionTimestamp !== undefined || nodes.get(object.spec?.nodeName ?? "") === undefined),
        }),
        mapped(pods, () => [ENDED], { when: ({ type, object }) => type !== "deleted" && isTerminal(object) }),
        mapped(nodes, ({ object }) => pods.byIndex(BY_NODE, object.metadata.name).map(keyOf)),
      ],
      plan: (key) => {
        if (key === ENDED) return { actions: surplusEndedPods(pods.list()).map(remove) };
        const pod = pods.get(key);
        if (pod === undefined) return undefined;
        const name = pod.spec?.nodeName ?? "";
        return planPodGc({ pod, node: nodes.get(name), missingMs: name === "" ? 0 : missingMs(name), now: now() });
      },
    },
    runtime,
  );
}
