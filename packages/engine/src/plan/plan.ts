/** What a planner decides: actions in order, what the status should say, and when to look again. */
import type { DeleteOptions, EventInput, Kind, KubeObject, Live, Patch, Ref } from "@keelson/kube";
import type { WantedCondition } from "../status/conditions.ts";

/** Writes that every engine has. Each is safe to repeat, and each destructive one carries its precondition. */
export type KubeAction =
  | { readonly type: "apply"; readonly kind: Kind; readonly object: KubeObject; readonly live: Live | undefined }
  /** Makes an object that must not be there yet: what is random or must not be overwritten. */
  | { readonly type: "create"; readonly kind: Kind; readonly object: KubeObject }
  /** Deletes this incarnation and no other. */
  | ({ readonly type: "delete"; readonly kind: Kind; readonly ref: Ref; readonly uid: string } & Pick<
      DeleteOptions,
      "propagationPolicy" | "gracePeriodSeconds"
    >)
  | { readonly type: "patch"; readonly kind: Kind; readonly ref: Ref; readonly patch: Patch };

/** An action of one engine: `type` names it, the rest is its own. */
export interface EngineAction {
  readonly type: string;
}

export interface Plan<A extends EngineAction = never> {
  /** In order; later ones may rely on earlier ones. */
  readonly actions: readonly (KubeAction | A)[];
  /** What the status should say even if no action succeeds. */
  readonly conditions: readonly WantedCondition[];
  /** Facts for the user. */
  readonly events: readonly EventInput[];
  /** Only when time alone can change the answer. */
  readonly requeueAfterMs?: number;
  /** Whether the plans after this one must wait for another look, because they would decide on what this one changes. */
  readonly endsPass?: boolean;
}

/** Nothing to do, nothing to say. */
export const nothing: Plan = { actions: [], conditions: [], events: [] };

/** A plan from its parts; what is left out is empty. */
export function plan<A extends EngineAction = never>(parts: NoInfer<Partial<Plan<A>>>): Plan<A> {
  return { actions: [], conditions: [], events: [], ...parts };
}

/**
 * Plans in the order of their planners as one: actions after one another, for each condition what was said last, the soonest look again. Ends after the
 * first plan that ends the pass and acts.
 */
export function joinPlans<A extends EngineAction>(plans: readonly Plan<A>[]): Plan<A> {
  const last = plans.findIndex(({ endsPass = false, actions }) => endsPass && actions.length > 0);
  const used = last < 0 ? plans : plans.slice(0, last + 1);
  const conditions = new Map(used.flatMap((each) => each.conditions).map((condition) => [condition.type, condition]));
  const waits = used.map(({ requeueAfterMs }) => requeueAfterMs).filter((ms) => ms !== undefined);
  return {
    actions: used.flatMap(({ actions }) => actions),
    conditions: [...conditions.values()],
    events: used.flatMap(({ events }) => events),
    ...(waits.length === 0 ? {} : { requeueAfterMs: Math.min(...waits) }),
    ...(last < 0 ? {} : { endsPass: true }),
  };
}

/** An action in a few words, for logs and messages: `apply StatefulSet default/hello-00-x7kd`. */
export function describeAction(action: KubeAction | EngineAction): string {
  if (!("kind" in action)) return action.type;
  const { type, kind } = action as KubeAction;
  const ref = "ref" in action ? action.ref : action.object.metadata;
  return `${type} ${kind.kind} ${[ref?.namespace, ref?.name].filter((part) => part !== undefined).join("/")}`;
}
