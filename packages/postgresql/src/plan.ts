/** What planners decide. Actions are done in order; each is safe to repeat, and each destructive one says what it expects to find. */
import type { KubeObject } from "@keelson/kube";

export type Action =
  /** Server-side apply; nothing is sent when the object is as wanted. */
  | { readonly type: "apply"; readonly object: KubeObject }
  /** Made only if absent. */
  | { readonly type: "create"; readonly object: KubeObject }
  | {
      readonly type: "delete";
      readonly kind: string;
      readonly name: string;
      readonly uid?: string;
      readonly gracePeriodSeconds?: number;
    }
  /** Sets (null removes) annotations. With a version: only if nobody wrote since. */
  | {
      readonly type: "annotate";
      readonly kind: string;
      readonly name: string;
      readonly annotations: Readonly<Record<string, string | null>>;
      readonly resourceVersion?: string | undefined;
    }
  /** Restarts PostgreSQL in a pod through its Patroni. */
  | { readonly type: "restart"; readonly pod: string }
  /** Writes out dirty pages, so that the stop that follows is short. */
  | { readonly type: "checkpoint"; readonly pod: string }
  | {
      readonly type: "event";
      readonly severity: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    };

export interface Plan {
  readonly actions: readonly Action[];
  /** Why the cluster is not yet as wanted; part of conditions. */
  readonly waitingFor?: string;
  /** Run again after this time even if nothing happens. */
  readonly requeueAfterMs?: number;
}

export const nothing: Plan = { actions: [] };

export const act = (...actions: Action[]): Plan => ({ actions });
