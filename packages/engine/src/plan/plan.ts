/** What planners decide. Actions are done in order; each is safe to repeat, and each destructive one says what it expects to find. */
import type { KubeObject } from "@keelson/kube";

/** Actions that every engine has. Objects are in the namespace of the resource that the plan is about. */
export type KubeAction =
  /** Server-side apply; nothing is sent when the object is as wanted. */
  | { readonly type: "apply"; readonly object: KubeObject }
  /** Made only if absent. */
  | { readonly type: "create"; readonly object: KubeObject }
  /** Gone or going afterwards. With a uid: this incarnation and no other. */
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
  /** Tells the user. */
  | {
      readonly type: "event";
      readonly severity: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    };

/** An action of one engine: `type` names it, the rest is its own. */
export interface EngineAction {
  readonly type: string;
}

/** What comes next, in order. Empty actions and nothing to wait for: all is as wanted. */
export interface Plan<A extends EngineAction = KubeAction> {
  readonly actions: readonly A[];
  /** Why the cluster is not yet as wanted; part of conditions. */
  readonly waitingFor?: string;
  /** Run again after this time even if nothing happens. Only when time alone can change the answer. */
  readonly requeueAfterMs?: number;
}
