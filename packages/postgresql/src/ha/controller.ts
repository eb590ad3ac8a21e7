/** Failover in a queue of its own, so that nothing slow can stand before it. */
import { isConflict, type ReconcileContext } from "@keelson/kube";
import type { ClusterDeps } from "../cluster/controller.ts";
import { execute } from "../runtime/execute.ts";
import type { Departures } from "./departures.ts";
import { planFailover } from "./plan-failover.ts";

export async function reconcileFailover(
  key: string,
  signal: AbortSignal,
  { log }: ReconcileContext,
  { departures, ...deps }: ClusterDeps & { readonly departures: Departures },
): Promise<{ readonly requeueAfterMs?: number }> {
  const view = deps.world.view(key, deps.now());
  if (view === undefined || view.cr.metadata.deletionTimestamp !== undefined) return {};
  if (view.cr.spec.unmanaged === true || view.cr.spec.pause === true) return {};
  const plan = planFailover(view);
  const requeueAfterMs = departures.waitMs(key, plan, view.now);
  if (requeueAfterMs > 0) return { requeueAfterMs };
  if (plan.actions.length === 0) return {};
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
