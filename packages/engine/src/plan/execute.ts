/** Carries plans out. No decision is made here. */
import { applyIfChanged, type Client, isAlreadyExists } from "@keelson/kube";
import { describeAction, type EngineAction, type KubeAction, type Plan } from "./plan.ts";

export interface Ports<A extends EngineAction> {
  readonly client: Client;
  /** Carries out an engine's own action. Must be safe to repeat. */
  readonly perform: (action: A, signal: AbortSignal) => Promise<void>;
  /** Called after each action that changed something, for logs and metrics. */
  readonly onChange?: (action: KubeAction | A) => void;
}

/** An action that failed. The cause says why, and what to do about it. */
export class ActionFailed extends Error {
  readonly action: string;

  constructor(action: string, cause: unknown) {
    super(`${action}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "ActionFailed";
    this.action = action;
  }
}

export type Outcome =
  | { readonly done: true; readonly changed: number }
  | { readonly done: false; readonly changed: number; readonly failure: ActionFailed };

/**
 * Runs the actions in order and stops at the first failure: later ones may rely on it. `changed` counts the actions that wrote something, so that a settled
 * cluster is 0. Throws only when the signal aborts.
 */
export async function execute<A extends EngineAction>(
  plan: Plan<A>,
  ports: Ports<A>,
  signal: AbortSignal,
): Promise<Outcome> {
  let changed = 0;
  for (const action of plan.actions) {
    signal.throwIfAborted();
    try {
      if (await carryOut(action, ports, signal)) {
        changed++;
        ports.onChange?.(action);
      }
    } catch (error) {
      signal.throwIfAborted();
      return { done: false, changed, failure: new ActionFailed(describeAction(action), error) };
    }
  }
  return { done: true, changed };
}

/** Whether something was written. */
async function carryOut<A extends EngineAction>(
  action: KubeAction | A,
  ports: Ports<A>,
  signal: AbortSignal,
): Promise<boolean> {
  if (!isKubeAction(action)) {
    await ports.perform(action, signal);
    return true;
  }
  const { client } = ports;
  switch (action.type) {
    case "apply":
      return (await applyIfChanged(client, action.kind, action.object, { live: action.live, signal })).changed;
    case "create":
      return createdNow(client.create(action.kind, action.object, { signal }));
    case "delete": {
      const { kind, ref, type: _, ...options } = action;
      return client.delete(kind, ref, { ...options, signal });
    }
    case "patch":
      await client.patch(action.kind, action.ref, action.patch, { signal });
      return true;
  }
}

function isKubeAction<A extends EngineAction>(action: KubeAction | A): action is KubeAction {
  return ["apply", "create", "delete", "patch"].includes(action.type) && "kind" in action;
}

/** False when somebody made it before us. */
async function createdNow(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isAlreadyExists(error)) return false;
    throw error;
  }
}
