/** A controller made of a function that reads the caches, a pure planner and the executor. */
import { Controller, type Source } from "@keelson/kube";
import type { Logger } from "pino";
import type { Plan } from "./actions.ts";
import { execute, type Ports } from "./execute.ts";

/** What a controller is made of. */
export interface PlannedController {
  readonly name: string;
  readonly sources: readonly Source[];
  /** The plan for one key; undefined when there is nothing to look at. Only reads. */
  readonly plan: (key: string) => Plan | undefined | Promise<Plan | undefined>;
  /** Keys worked on side by side. Default 4. */
  readonly workers?: number;
}

/** Timers hold at most this long; a later time is looked at again then. */
const LONGEST_WAIT_MS = 6 * 3600 * 1000;

/** The running form. */
export function plannedController(spec: PlannedController, shared: Ports & { readonly logger: Logger }): Controller {
  const ports: Ports = { client: shared.client, events: shared.events.as(`${spec.name}-controller`) };
  return new Controller({
    name: spec.name,
    sources: spec.sources,
    logger: shared.logger,
    workers: spec.workers ?? 4,
    reconcile: async (key: string, signal: AbortSignal) => {
      const plan = await spec.plan(key);
      if (plan === undefined) return undefined;
      await execute(plan, ports, signal);
      const { requeueAfterMs } = plan;
      return requeueAfterMs === undefined ? undefined : { requeueAfterMs: Math.min(requeueAfterMs, LONGEST_WAIT_MS) };
    },
  });
}
