/** Failover in a queue of its own, so that nothing slow can stand before it. */
import { isConflict, type ReconcileContext } from "@keelson/kube";
import { admit } from "../cluster/admit.ts";
import type { ClusterDeps } from "../cluster/controller.ts";
import { isPausePostponed } from "../cluster/plan-pause.ts";
import type { View } from "../cluster/view.ts";
import { nothing } from "../plan.ts";
import { execute } from "../runtime/execute.ts";
import type { Departures } from "./departures.ts";
import { type FailoverPlan, planFailover } from "./plan-failover.ts";

/** A pause that is refused, or waits for a backup, is none yet. Whether something is missing need not be looked up: a pause does not ask for it. */
function isLeftAlone(view: View, { catalogue }: ClusterDeps): boolean {
  const { cluster: c, isActionable } = admit(view, catalogue);
  return c.deleting || c.unmanaged || (isActionable && c.paused && !isPausePostponed(c, view));
}

export async function reconcileFailover(
  key: string,
  signal: AbortSignal,
  { log }: ReconcileContext,
  { departures, ...deps }: ClusterDeps & { readonly departures: Departures },
): Promise<{ readonly requeueAfterMs?: number }> {
  const view = deps.world.view(key, deps.now());
  const plan: FailoverPlan = view === undefined || isLeftAlone(view, deps) ? nothing : planFailover(view);
  // Also of a cluster that is left alone: a departure that was seen before a pause says nothing of one after it.
  const requeueAfterMs = departures.waitMs(key, plan, deps.now());
  if (requeueAfterMs > 0) return { requeueAfterMs };
  if (view === undefined || plan.actions.length === 0) return {};
  log.warn({ holder: plan.holder, ending: plan.ending }, "leader has ended, its lock is released");
  try {
    await execute(
      plan.actions,
      { object: view.cr, namespace: view.cr.metadata.namespace ?? "" },
      { ...deps, log },
      signal,
    );
  } catch (error) {
    // Somebody has written the lock meanwhile: the next event shows what.
    if (!isConflict(error)) throw error;
  }
  return {};
}
