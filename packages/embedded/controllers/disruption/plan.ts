/** How many pods of a PodDisruptionBudget may be evicted now. Pure; the API server enforces it. */
import { canonicalJson } from "@keelson/kube";
import type { Action } from "../execution/actions.ts";
import { resolveIntOrPercent } from "../objects/int-or-percent.ts";
import { isReady, isTerminal, isTerminating } from "../objects/pod-state.ts";
import { millisOf, soonest, timestamp } from "../objects/time.ts";
import type { Millis, Pod, PodDisruptionBudget } from "../objects/types.ts";

/** Everything the decision depends on. */
export interface DisruptionView {
  readonly budget: PodDisruptionBudget;
  /** Pods that the budget selects. */
  readonly pods: readonly Pod[];
  /** Wanted number of pods of each controller of those pods, by the controller's uid. */
  readonly scales: ReadonlyMap<string, number>;
  readonly now: Millis;
}

/** What to write, and when to look again. */
export interface DisruptionPlan {
  readonly actions: readonly Action[];
  readonly requeueAfterMs?: Millis | undefined;
}

/** An eviction that the API server allowed counts until the pod is seen to be going, at most this long. Source: disruption controller. */
const EVICTION_MS = 120_000;

/** Computes the status. */
export function planDisruption({ budget, pods, scales, now }: DisruptionView): DisruptionPlan {
  const disrupted = stillExpected(budget, pods, now);
  const counted = pods.filter((pod) => !isTerminal(pod));
  const healthy = counted.filter(
    (pod) => isReady(pod) && !isTerminating(pod) && !Object.hasOwn(disrupted, pod.metadata.name ?? ""),
  );
  const { expected, desired } = targets(budget, counted, scales);
  const allowed = expected === 0 ? 0 : Math.max(0, healthy.length - desired);
  const status: NonNullable<PodDisruptionBudget["status"]> = {
    observedGeneration: budget.metadata.generation ?? 0,
    disruptionsAllowed: allowed,
    currentHealthy: healthy.length,
    desiredHealthy: desired,
    expectedPods: expected,
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    conditions: [condition(budget, allowed > 0, now)],
  };
  const write: Action = {
    type: "status",
    kind: "PodDisruptionBudget",
    object: { ...budget, status } as PodDisruptionBudget,
  };
  const times = Object.values(disrupted).map((time) => (millisOf(time) ?? now) + EVICTION_MS - now);
  return {
    actions: canonicalJson(status) === canonicalJson(budget.status) ? [] : [write],
    requeueAfterMs: soonest(...times),
  };
}

/** Evictions that the API server noted and that have not happened yet. */
function stillExpected(budget: PodDisruptionBudget, pods: readonly Pod[], now: Millis): Record<string, string> {
  const byName = new Map(pods.map((pod) => [pod.metadata.name ?? "", pod]));
  return Object.fromEntries(
    Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, time]) => {
      const pod = byName.get(name);
      return pod !== undefined && !isTerminating(pod) && (millisOf(time) ?? 0) + EVICTION_MS > now;
    }),
  );
}

/** How many pods there should be, and how many must stay healthy. */
function targets(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  scales: ReadonlyMap<string, number>,
): { readonly expected: number; readonly desired: number } {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable === undefined && typeof minAvailable === "number")
    return { expected: pods.length, desired: minAvailable };
  const expected = [...scales.values()].reduce((sum, scale) => sum + scale, 0);
  if (maxUnavailable !== undefined) {
    const gone = resolveIntOrPercent(maxUnavailable, expected, "up") ?? 0;
    return { expected, desired: Math.max(0, expected - gone) };
  }
  return { expected, desired: resolveIntOrPercent(minAvailable ?? 1, expected, "up") ?? expected };
}

function condition(budget: PodDisruptionBudget, allowed: boolean, now: Millis) {
  const status = allowed ? "True" : "False";
  const before = budget.status?.conditions?.find((each) => each.type === "DisruptionAllowed");
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(now);
  const reason = allowed ? "SufficientPods" : "InsufficientPods";
  return {
    type: "DisruptionAllowed",
    status,
    reason,
    message: "",
    observedGeneration: budget.metadata.generation ?? 0,
    lastTransitionTime,
  };
}
