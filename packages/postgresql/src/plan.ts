/** What planners decide. Actions are done in order; each is safe to repeat, and each destructive one says what it expects to find. */
import type { Plan as EnginePlan, KubeAction } from "@keelson/engine";

/** What only PostgreSQL has. */
export type PostgresAction =
  /** Restarts PostgreSQL in a pod through its Patroni. */
  | { readonly type: "restart"; readonly pod: string }
  /** Has the Patroni of a pod look at its store now instead of at its next turn. Only saves time: a failure is no failure of the plan. */
  | { readonly type: "wake"; readonly pod: string }
  /** Writes out dirty pages, so that the stop that follows is short. */
  | { readonly type: "checkpoint"; readonly pod: string };

export type Action = KubeAction | PostgresAction;

export interface Plan extends EnginePlan<Action> {}

export const nothing: Plan = { actions: [] };

export const act = (...actions: Action[]): Plan => ({ actions });
