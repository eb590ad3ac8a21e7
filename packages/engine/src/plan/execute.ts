/** Does what a plan says. No decision is made here. */
import {
  applyIfChanged,
  type Client,
  type EventRecorder,
  isAlreadyExists,
  type Kind,
  type KubeObject,
  type Live,
  type Logger,
} from "@keelson/kube";
import type { EngineAction, KubeAction } from "./plan.ts";

/** What carrying out a plan needs of the world. */
export interface Ports {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly log: Logger;
  /** The kind's descriptor and the object as the informer has it. */
  readonly locate: (
    kind: string,
    namespace: string,
    name: string,
  ) => { readonly kind: Kind; readonly live: Live | undefined };
}

/** What an action is about: events are told of this object, and names are in its namespace. */
export interface Subject {
  readonly object: Live;
  readonly namespace: string;
}

/** How many objects are applied at the same time. */
const CONCURRENT_APPLIES = 8;

const KUBE_ACTIONS: ReadonlySet<string> = new Set<KubeAction["type"]>([
  "apply",
  "create",
  "delete",
  "annotate",
  "event",
]);

function isKubeAction(action: EngineAction): action is KubeAction {
  return KUBE_ACTIONS.has(action.type);
}

/** In order; the first failure ends it, since later actions may rely on earlier ones. `perform` carries out what only the engine knows. */
export async function execute<A extends EngineAction>(
  actions: readonly (KubeAction | A)[],
  perform: (action: A) => Promise<void>,
  run: { readonly about: Subject; readonly ports: Ports; readonly signal: AbortSignal },
): Promise<void> {
  for (const action of actions) {
    run.signal.throwIfAborted();
    if (isKubeAction(action)) await carryOut(action, run);
    else await perform(action);
  }
}

/** Applied after all others: the API server refuses to bind a role that it does not have yet. */
const BINDINGS: ReadonlySet<string> = new Set(["RoleBinding", "ClusterRoleBinding"]);

/**
 * Objects in any order, several at a time. Gives how many were written. Throws the first failure after all have been tried.
 */
export async function applyAll(objects: readonly KubeObject[], ports: Ports, signal: AbortSignal): Promise<number> {
  const isBinding = ({ kind = "" }: KubeObject): boolean => BINDINGS.has(kind);
  const waves = [objects.filter((object) => !isBinding(object)), objects.filter(isBinding)];
  const failures: unknown[] = [];
  let changed = 0;
  for (const rest of waves) {
    const worker = async (): Promise<void> => {
      for (let object = rest.shift(); object !== undefined; object = rest.shift()) {
        try {
          if (await applyOne(object, ports, signal)) changed++;
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT_APPLIES }, worker));
  }
  if (failures.length > 0) throw failures[0];
  return changed;
}

async function applyOne(object: KubeObject, { client, locate }: Ports, signal: AbortSignal): Promise<boolean> {
  const { name = "", namespace = "" } = object.metadata ?? {};
  const { kind, live } = locate(object.kind ?? "", namespace, name);
  return (await applyIfChanged(client, kind, object, { live, signal })).changed;
}

async function carryOut(
  action: KubeAction,
  { about, ports, signal }: { readonly about: Subject; readonly ports: Ports; readonly signal: AbortSignal },
): Promise<void> {
  const { client, locate, log, events } = ports;
  const { namespace } = about;
  switch (action.type) {
    case "apply":
      await applyOne(action.object, ports, signal);
      return;
    case "create": {
      const { name = "" } = action.object.metadata ?? {};
      const { kind, live } = locate(action.object.kind ?? "", namespace, name);
      if (live !== undefined) return;
      try {
        await client.create(kind, action.object, { signal });
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
      return;
    }
    case "delete": {
      const { type: _, kind, name, ...options } = action;
      log.info({ kind, name }, "object deleted");
      const at = { namespace, name };
      await client.delete(locate(kind, namespace, name).kind, at, {
        ...options,
        propagationPolicy: "Background",
        signal,
      });
      return;
    }
    case "annotate": {
      const { kind, name, resourceVersion, annotations } = action;
      const body = { metadata: { ...(resourceVersion === undefined ? {} : { resourceVersion }), annotations } };
      await client.patch(locate(kind, namespace, name).kind, { namespace, name }, { type: "merge", body }, { signal });
      return;
    }
    case "event":
      events.record(about.object, { type: action.severity, reason: action.reason, message: action.message });
  }
}
