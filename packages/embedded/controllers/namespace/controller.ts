/** Empties namespaces that are being deleted, then lets them go. */
import { Controller, isNotFound, type Kind, kinds, own, type Source } from "@keelson/kube";
import { isUnsupported, messageOf } from "../execution/api-answers.ts";
import type { ApiResource } from "../inventory/discovery.ts";
import { type Inventory, idOf } from "../inventory/inventory.ts";
import { sameMeaning } from "../objects/canonical.ts";
import type { Part, Runtime } from "../runtime.ts";
import { deletionConditions, FINALIZER, isOurs, type Remaining } from "./plan.ts";

/** Kinds deleted before all others: what would make new objects. */
const FIRST = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "CronJob", "Job"]);

/** How soon to look again at objects of kinds that cannot be watched. */
const UNWATCHED_MS = 500;

/** The controller; start it with `run`, beside the inventory. */
export function namespaceController(runtime: Runtime, inventory: Inventory): Part {
  const namespaces = runtime.cache.informer(kinds.Namespace);
  const ending = (name: string) => {
    const namespace = namespaces.get(name);
    return namespace !== undefined && isOurs(namespace);
  };
  /** Each object that leaves such a namespace may have been the last. */
  const leaving: Source = {
    start: (enqueue) =>
      inventory.subscribe((_kind, { type, object }) => {
        const { namespace } = object.metadata;
        if (type !== "added" && namespace !== undefined && ending(namespace)) enqueue(namespace);
      }),
    synced: () => inventory.ready,
  };
  const emptier = new Emptier(runtime, inventory);
  return new Controller({
    name: "namespace",
    logger: runtime.logger,
    workers: 4,
    sources: [own(namespaces), leaving],
    reconcile: async (name: string, signal: AbortSignal) => {
      if (!ending(name)) return undefined;
      const unwatched = await emptier.empty(name, signal);
      return unwatched ? { requeueAfterMs: UNWATCHED_MS } : undefined;
    },
  });
}

class Emptier {
  readonly #runtime: Runtime;
  readonly #inventory: Inventory;

  constructor(runtime: Runtime, inventory: Inventory) {
    this.#runtime = runtime;
    this.#inventory = inventory;
  }

  /** One pass. Answers whether something is left that no event will tell of. */
  async empty(name: string, signal: AbortSignal): Promise<boolean> {
    const failures = await this.#deleteContent(name, signal);
    const left = await this.#remaining(name, failures, signal);
    await this.#tell(name, left, signal);
    if (left.counts.size === 0 && failures.length === 0) await this.#finalize(name, signal);
    // A refused deletion is tried again with growing waits; everything else wakes us by its events.
    if (failures.length > 0) throw new Error(failures.join("; "));
    return left.counts.size > 0 && this.#inventory.inNamespace(name).length === 0;
  }

  /** Asks for the deletion of everything that is not being deleted yet. */
  async #deleteContent(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const staying = this.#inventory
      .inNamespace(name)
      .filter(({ object }) => object.metadata.deletionTimestamp === undefined);
    const present = new Map<string, Kind>(staying.map(({ kind }) => [idOf(kind), kind]));
    const order = [...present.values()].sort((a, b) => (FIRST.has(a.kind) ? 0 : 1) - (FIRST.has(b.kind) ? 0 : 1));
    const failures: string[] = [];
    for (const kind of order) {
      try {
        await this.#runtime.client.deleteCollection(kind, { namespace: name, propagationPolicy: "Background", signal });
      } catch (error) {
        if (!isUnsupported(error)) failures.push(`${idOf(kind)}: ${messageOf(error)}`);
      }
    }
    return failures;
  }

  /** What the caches know of; when that is nothing, what the API server says. */
  async #remaining(name: string, failures: readonly string[], signal: AbortSignal): Promise<Remaining> {
    const counts = new Map<string, number>();
    const finalizers = new Map<string, number>();
    const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
    for (const { kind, object } of this.#inventory.inNamespace(name)) {
      count(counts, kind.group === "" ? `${kind.plural}.` : idOf(kind));
      for (const finalizer of object.metadata.finalizers ?? []) count(finalizers, finalizer);
    }
    if (counts.size > 0) return { counts, finalizers, failures };
    const unseen = await Promise.all(
      this.#inventory
        .namespacedResources()
        .map(async (resource) => ({ resource, left: await this.#purge(resource, name, signal) })),
    );
    for (const { resource, left } of unseen) if (left) count(counts, idOf(resource.kind));
    return { counts, finalizers, failures };
  }

  /** Deletes what is there of a resource that our caches show as empty (or do not hold); answers whether something was. */
  async #purge({ kind, verbs }: ApiResource, namespace: string, signal: AbortSignal): Promise<boolean> {
    if (!verbs.includes("list")) return false;
    try {
      const { items } = await this.#runtime.client.list(kind, { namespace, signal });
      if (items.length === 0) return false;
      await this.#runtime.client.deleteCollection(kind, { namespace, signal });
      if (kind.kind === "Event") return false;
      return true;
    } catch (error) {
      if (isUnsupported(error)) return false;
      throw error;
    }
  }

  async #tell(name: string, remaining: Remaining, signal: AbortSignal): Promise<void> {
    const namespace = this.#runtime.cache.get(kinds.Namespace, { name });
    // The last pass has nothing to tell: the namespace goes.
    if (namespace === undefined || remaining.counts.size === 0) return;
    const conditions = deletionConditions(namespace, remaining, this.#runtime.now());
    if (sameMeaning(conditions, namespace.status?.conditions)) return;
    const object = { ...namespace, status: { ...namespace.status, conditions: [...conditions] } };
    await this.#runtime.client.replaceStatus(kinds.Namespace, object, { signal });
  }

  async #finalize(name: string, signal: AbortSignal): Promise<void> {
    const namespace = this.#runtime.cache.get(kinds.Namespace, { name });
    if (namespace === undefined) return;
    const finalizers = (namespace.spec?.finalizers ?? []).filter((each) => each !== FINALIZER);
    try {
      await this.#runtime.client.raw({
        method: "PUT",
        path: `/api/v1/namespaces/${name}/finalize`,
        body: { ...namespace, spec: { ...namespace.spec, finalizers } },
        signal,
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
