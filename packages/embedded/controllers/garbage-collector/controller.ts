/** Runs the garbage collector on the inventory's metadata. */
import { Controller, isNotFound, type Kind, type KubeObject, type Live, parseKey, type Source } from "@keelson/kube";
import { type Entry, entryKey, type Inventory } from "../inventory/inventory.ts";
import type { ObjectMeta, OwnerReference } from "../objects/types.ts";
import type { Part, Runtime } from "../runtime.ts";
import { decideDeleting, decideDependent, isDeleting, ORPHAN, type OwnerState, waitsForDependents } from "./plan.ts";

/** Owners found absent are remembered (uids are never used again), so that each is asked for once. */
const REMEMBERED = 1000;

/** The controller; start it with `run`, beside the inventory. */
export function garbageCollector(runtime: Runtime, inventory: Inventory): Part {
  const collector = new Collector(runtime, inventory);
  return new Controller({
    name: "garbagecollector",
    logger: runtime.logger,
    workers: 8,
    sources: [inventorySource(inventory, (uid) => collector.remember(uid))],
    reconcile: (key: string, signal: AbortSignal) => collector.reconcile(key, signal),
  });
}

/**
 * Objects with owners, objects that wait for their dependents, dependents of what is gone. `gone` hears of each owner that goes: when its
 * kind goes with it, the server cannot be asked any more.
 */
function inventorySource(inventory: Inventory, gone: (uid: string) => void): Source {
  return {
    start: (enqueue) =>
      inventory.subscribe((kind, change) => {
        const { object, type } = change;
        const owned = (object.metadata.ownerReferences ?? []).length > 0;
        if (type === "deleted") {
          const dependents = inventory.dependents(object.metadata.uid);
          if (dependents.length > 0) gone(object.metadata.uid);
          for (const each of dependents) enqueue(entryKey(each.kind, each.object));
        } else if (isDeleting(object.metadata) || (owned && ownersChanged(change.previous, object))) {
          enqueue(entryKey(kind, object));
        }
        // Owners that wait for their dependents look again when one is gone or let go.
        for (const owner of [
          ...(object.metadata.ownerReferences ?? []),
          ...(change.previous?.metadata.ownerReferences ?? []),
        ]) {
          const found = findOwner(inventory, object.metadata, owner);
          if (found !== undefined && isDeleting(found.object.metadata)) enqueue(entryKey(found.kind, found.object));
        }
      }),
    synced: () => inventory.ready,
  };
}

function ownersChanged(previous: Live | undefined, object: Live): boolean {
  return JSON.stringify(previous?.metadata.ownerReferences) !== JSON.stringify(object.metadata.ownerReferences);
}

/** The owner as the cache has it, if uid and namespace fit. */
function findOwner(inventory: Inventory, dependent: ObjectMeta, owner: OwnerReference): Entry | undefined {
  const kind = inventory.kindOf(owner.apiVersion, owner.kind);
  if (kind === undefined) return undefined;
  const key = kind.namespaced ? `${dependent.namespace}/${owner.name}` : owner.name;
  const object = inventory.get(kind, key);
  return object?.metadata.uid === owner.uid ? { kind, object } : undefined;
}

class Collector {
  readonly #runtime: Runtime;
  readonly #inventory: Inventory;
  readonly #absent = new Set<string>();

  constructor(runtime: Runtime, inventory: Inventory) {
    this.#runtime = runtime;
    this.#inventory = inventory;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const bar = key.indexOf("|");
    const kind = this.#inventory.kindById(key.slice(0, bar));
    const object = kind && this.#inventory.get(kind, key.slice(bar + 1));
    if (kind === undefined || object === undefined) return;
    if (isDeleting(object.metadata)) await this.#deleting({ kind, object }, signal);
    else await this.#dependent({ kind, object }, signal);
  }

  async #dependent({ kind, object }: Entry, signal: AbortSignal): Promise<void> {
    const { metadata } = object;
    const states = new Map<string, OwnerState>();
    for (const owner of metadata.ownerReferences ?? []) {
      states.set(owner.uid, await this.#stateOf(kind, metadata, { owner, signal }));
    }
    const hasDependents = this.#inventory.dependents(metadata.uid).length > 0;
    const decision = decideDependent(metadata, (owner) => states.get(owner.uid) ?? "unknown", hasDependents);
    const ref = parseKey(entryKey(kind, object).split("|")[1] ?? "");
    const { uid, resourceVersion } = metadata;
    switch (decision.type) {
      case "keep":
        return;
      case "dropOwners": {
        const body = { metadata: { uid, resourceVersion, ownerReferences: decision.ownerReferences } };
        return this.#patch(kind, ref, body, signal);
      }
      case "delete":
        this.#runtime.logger.debug({ object: entryKey(kind, object), policy: decision.policy }, "owner gone");
        await this.#runtime.client.delete(kind, ref, { uid, propagationPolicy: decision.policy, signal });
    }
  }

  async #deleting(entry: Entry, signal: AbortSignal): Promise<void> {
    const { metadata } = entry.object;
    const dependents = this.#inventory.dependents(metadata.uid);
    const decision = decideDeleting(
      metadata,
      dependents.map(({ object }) => object.metadata),
    );
    switch (decision.type) {
      case "none":
        return;
      case "release":
        return this.#release(entry, decision.finalizer, signal);
      case "awaitDependents":
        for (const index of decision.dependents) {
          const dependent = dependents[index];
          if (dependent !== undefined && !isDeleting(dependent.object.metadata))
            await this.#dependent(dependent, signal);
        }
        return;
      case "orphanDependents": {
        for (const index of decision.dependents) {
          const dependent = dependents[index];
          if (dependent !== undefined) await this.#dropOwner(dependent, metadata.uid, signal);
        }
        return this.#release(entry, ORPHAN, signal);
      }
    }
  }

  /** Lets the owner's deletion go on. */
  async #release({ kind, object }: Entry, finalizer: string, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion, finalizers = [], namespace, name } = object.metadata;
    const body = { metadata: { uid, resourceVersion, finalizers: finalizers.filter((each) => each !== finalizer) } };
    await this.#patch(kind, { namespace, name }, body, signal);
  }

  async #dropOwner({ kind, object }: Entry, ownerUid: string, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion, ownerReferences = [], namespace, name } = object.metadata;
    const left = ownerReferences.filter((owner) => owner.uid !== ownerUid);
    await this.#patch(kind, { namespace, name }, { metadata: { uid, resourceVersion, ownerReferences: left } }, signal);
  }

  async #patch(
    kind: Kind,
    ref: { namespace?: string | undefined; name: string },
    body: object,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#runtime.client.patch(kind, ref, { type: "merge", body }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #stateOf(
    kind: Kind,
    dependent: ObjectMeta,
    { owner, signal }: { readonly owner: OwnerReference; readonly signal: AbortSignal },
  ): Promise<OwnerState> {
    const found = findOwner(this.#inventory, dependent, owner);
    if (found !== undefined) return waitsForDependents(found.object.metadata) ? "waiting" : "present";
    if (this.#absent.has(owner.uid)) return "absent";
    const ownerKind = this.#inventory.kindOf(owner.apiVersion, owner.kind);
    // A cluster-wide object cannot be owned by one of a namespace; such a reference means nothing.
    if (ownerKind === undefined || (ownerKind.namespaced && !kind.namespaced)) return "unknown";
    const ref = ownerKind.namespaced ? { namespace: dependent.namespace, name: owner.name } : { name: owner.name };
    const live: Live<KubeObject> | undefined = await this.#runtime.client.get(ownerKind, ref, { signal });
    if (live?.metadata.uid === owner.uid) return waitsForDependents(live.metadata) ? "waiting" : "present";
    this.remember(owner.uid);
    return "absent";
  }

  /** That this owner is gone for good. */
  remember(uid: string): void {
    this.#absent.add(uid);
    const [oldest] = this.#absent;
    if (this.#absent.size > REMEMBERED && oldest !== undefined) this.#absent.delete(oldest);
  }
}
