/** A cluster as plain data, for property tests: performs actions as the API server would, without waiting for anything. */
import type { Action, AnyObject, KindName, Plan } from "../execution/actions.ts";
import type { ObjectMeta, Pod } from "../objects/types.ts";

interface Stored extends AnyObject {
  metadata: ObjectMeta;
  spec?: object;
  status?: object;
}

/** How many rounds a plan may take to settle. */
const ROUNDS = 400;

export class World {
  #objects = new Map<string, Stored>();
  #counter = 0;
  /** Called after each action; throws when something must never be so. */
  invariant: (world: World, action: Action) => void = () => undefined;

  /** Puts an object in; fills uid and version. */
  put(kind: KindName, object: AnyObject): void {
    const name = object.metadata.name ?? `${object.metadata.generateName}${this.#next()}`;
    const uid = object.metadata.uid ?? `uid-${this.#next()}`;
    const creationTimestamp = object.metadata.creationTimestamp ?? stamp(this.#counter);
    const metadata = {
      ...object.metadata,
      name,
      uid,
      creationTimestamp,
      resourceVersion: this.#next(),
      generation: object.metadata.generation ?? 1,
    };
    this.#objects.set(`${kind}/${name}`, { ...object, metadata });
  }

  get<T>(kind: KindName, name: string): T | undefined {
    return this.#objects.get(`${kind}/${name}`) as T | undefined;
  }

  list<T>(kind: KindName): readonly T[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${kind}/`)).map(([, object]) => object as T);
  }

  /** Changes an object in place of a user or a kubelet. */
  change<T extends AnyObject>(kind: KindName, name: string, change: (object: T) => T): void {
    const object = this.get<T>(kind, name);
    if (object !== undefined) this.#store(kind, change(object));
  }

  /** Takes an object out, as a kubelet does with a pod that has ended. */
  remove(kind: KindName, name: string): void {
    this.#objects.delete(`${kind}/${name}`);
  }

  /** Performs one action. Answers false when the API server would refuse it. */
  perform(action: Action): boolean {
    const done = this.#perform(action);
    this.invariant(this, action);
    return done;
  }

  /** Plans and performs until nothing is left to do; between rounds `kubelet` may act. Dies after `dieAfter` actions and begins anew once. */
  settle(
    plan: (world: World) => Plan | undefined,
    options: { kubelet?: (world: World) => boolean; dieAfter?: number } = {},
  ): number {
    let performed = 0;
    let idle = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { actions = [], finish } = plan(this) ?? {};
      let count = 0;
      let died = false;
      const all = [
        ...actions.map((action) => () => action),
        ...(finish?.(undefined) ?? []).map((action) => () => action),
      ];
      for (const next of all) {
        const action = next();
        if (action.type === "event") continue;
        count++;
        const done = this.perform(action);
        if (++performed === options.dieAfter) died = true;
        if (!done || died) break;
      }
      const moved = options.kubelet?.(this) ?? false;
      idle = count === 0 && !moved ? idle + 1 : 0;
      if (idle >= 2) return performed;
    }
    throw new Error(`not settled after ${ROUNDS} rounds`);
  }

  /** The whole state without what differs from run to run. */
  snapshot(): string {
    const clean = (object: Stored) => ({
      ...object,
      metadata: { name: object.metadata.name, labels: object.metadata.labels },
    });
    return JSON.stringify([...this.#objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => clean(object)));
  }

  #perform(action: Action): boolean {
    switch (action.type) {
      case "create": {
        const { name } = action.object.metadata;
        if (name !== undefined && this.get(action.kind, name) !== undefined) return action.ifExists === "ignore";
        this.put(action.kind, action.kind === "Pod" ? withStatus(action.object) : action.object);
        return true;
      }
      case "replace":
      case "status": {
        const live = this.get<Stored>(action.kind, action.object.metadata.name ?? "");
        if (live === undefined || live.metadata.resourceVersion !== action.object.metadata.resourceVersion)
          return false;
        const { status } = action.object as Stored;
        this.#store(
          action.kind,
          action.type === "status" ? { ...live, ...(status === undefined ? {} : { status }) } : action.object,
        );
        return true;
      }
      case "patch": {
        const live = this.get<Stored>(action.kind, action.ref.name);
        const { metadata = {} } = action.body as { metadata?: ObjectMeta };
        if (live === undefined) return true;
        if (metadata.uid !== undefined && metadata.uid !== live.metadata.uid) return false;
        if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== live.metadata.resourceVersion)
          return false;
        this.#store(action.kind, merge(live, action.body) as Stored);
        return true;
      }
      case "delete": {
        const live = this.get<Stored>(action.kind, action.ref.name);
        if (live === undefined || live.metadata.uid !== action.uid) return live === undefined;
        // Pods end in their own time; finalizers hold what they hold.
        if (action.kind !== "Pod" && (live.metadata.finalizers ?? []).length === 0)
          this.remove(action.kind, action.ref.name);
        else if (live.metadata.deletionTimestamp === undefined) {
          this.#store(action.kind, {
            ...live,
            metadata: { ...live.metadata, deletionTimestamp: stamp(this.#counter) },
          });
        }
        return true;
      }
      default:
        return true;
    }
  }

  #store(kind: KindName, object: AnyObject): void {
    const metadata = { ...object.metadata, resourceVersion: this.#next() };
    this.#objects.set(`${kind}/${metadata.name}`, { ...object, metadata });
  }

  #next(): string {
    return String(++this.#counter);
  }
}

/** Time of the simulated clock. */
export const NOW = Date.parse("2026-01-01T12:00:00Z");

/** Makes a pod run and be ready, as a kubelet would report it. */
export function ready(pod: Pod, since = "2026-01-01T00:00:00Z"): Pod {
  return {
    ...pod,
    status: {
      ...pod.status,
      phase: "Running",
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: since }],
    },
  };
}

/** A kubelet that, one pod a round, removes pods that end and makes the others ready. `pick` chooses; true when something was done. */
export function kubelet(
  pick: (pods: readonly Pod[]) => Pod | undefined = (pods) => pods[0],
): (world: World) => boolean {
  return (world) => {
    const waiting = world.list<Pod>("Pod").filter((pod) => {
      if (pod.metadata.deletionTimestamp !== undefined) return (pod.metadata.finalizers ?? []).length === 0;
      return pod.status?.phase === "Pending";
    });
    const pod = pick(waiting);
    if (pod === undefined) return false;
    const name = pod.metadata.name ?? "";
    if (pod.metadata.deletionTimestamp !== undefined) world.remove("Pod", name);
    else world.change<Pod>("Pod", name, (each) => ready(each));
    return true;
  };
}

function withStatus(object: AnyObject): AnyObject {
  return { ...object, status: { phase: "Pending" } } as AnyObject;
}

function stamp(counter: number): string {
  return new Date(Date.parse("2026-01-01T00:00:00Z") + counter * 1000).toISOString().replace(".000", "");
}

/** JSON merge patch. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete base[key];
    else if (value !== undefined) base[key] = merge(base[key], value);
  }
  return base;
}
