/** A local copy of one kind's objects that stays equal to the API server's. */
import type { Client } from "../client/client.ts";
import type { Selection, WatchEvent } from "../client/options.ts";
import type { Write } from "../client/writer.ts";
import { type Kind, type KubeObject, keyOf, type Live, type Ref, resourceName } from "../kind.ts";
import { type Logger, silentLogger } from "../observability/logger.ts";
import { Pacer } from "../pacer.ts";
import { fieldMatcher, labelMatcher } from "../selector.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { OwnWrites } from "./own-writes.ts";
import { Reflector } from "./reflector.ts";
import { type Index, Store } from "./store.ts";

/** What happened to one object of an informer. */
export type Change<T extends KubeObject> =
  | {
      readonly type: "added";
      readonly object: Live<T>;
      readonly previous?: undefined;
      /** From a list, not news. */
      readonly initial: boolean;
    }
  | { readonly type: "updated"; readonly object: Live<T>; readonly previous: Live<T> }
  | { readonly type: "deleted"; readonly object: Live<T>; readonly previous?: undefined };

/** What an informer keeps, and how. */
export interface InformerOptions<T extends KubeObject> {
  readonly client: Client;
  readonly kind: Kind<T>;
  /** What to keep a copy of. Default: all objects of the kind. */
  readonly selection?: Selection;
  /** Ways to find objects other than by key: name -> function that gives the values under which an object is found. */
  readonly indexes?: Readonly<Record<string, Index<T>>>;
  /** Drops what nobody here reads (big ConfigMaps, other people's annotations). Gets an object of its own, without managedFields. */
  readonly trim?: (object: Live<T>) => Live<T>;
  readonly logger?: Logger;
}

/** Objects of an informer are shared: whoever wants to change one copies it first. `KEELSON_FREEZE_CACHE=1` makes offenders throw. */
const freeze = process.env["KEELSON_FREEZE_CACHE"] === "1";
const byNamespace = "namespace";

/**
 * A copy of the objects of one kind (and selection). It never stops before its signal: failures of the API are retried with growing waits
 * and shown by `error`.
 */
export class Informer<T extends KubeObject> {
  readonly kind: Kind<T>;
  readonly #o: InformerOptions<T>;
  readonly #logger: Logger;
  readonly #store = new Store<T>();
  readonly #own = new OwnWrites();
  readonly #handlers = new Set<(change: Change<T>) => void>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #selects: (object: Live<T>) => boolean;
  #synced = false;
  #error: Error | undefined;
  #running: Promise<void> | undefined;

  constructor(options: InformerOptions<T>) {
    this.kind = options.kind;
    this.#o = options;
    this.#logger = options.logger ?? silentLogger;
    const { namespace, labelSelector, fieldSelector } = options.selection ?? {};
    const labels = labelMatcher(labelSelector);
    const fields = fieldMatcher(fieldSelector);
    this.#selects = (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      labels(object.metadata.labels) &&
      fields(object);
    if (options.kind.namespaced) this.#store.addIndex(byNamespace, ({ metadata }) => [metadata.namespace ?? ""]);
    for (const [name, index] of Object.entries(options.indexes ?? {})) this.#store.addIndex(name, index);
  }

  /** Runs until the signal ends; starting twice is one run. */
  start(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(signal);
    return this.#running;
  }

  /** Resolves when the copy is complete for the first time. */
  async synced(signal?: AbortSignal): Promise<void> {
    if (this.#synced) return;
    signal?.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#ready.promise, promise]);
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Whether the copy has been complete once. */
  get hasSynced(): boolean {
    return this.#synced;
  }

  /** Why the copy may be out of date: the failing watch's error. Undefined = it is up to date. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Why the copy is incomplete or may be out of date, after the kind's name; undefined when all is well. */
  get problem(): string | undefined {
    if (this.#error !== undefined) return `${resourceName(this.kind)}: ${this.#error.message}`;
    return this.#synced ? undefined : `${resourceName(this.kind)}: not listed yet`;
  }

  /** How many objects there are. */
  get size(): number {
    return this.#store.size;
  }

  /** The object by reference or key (`namespace/name`); undefined when there is none. Shared: copy it before changing it. */
  get(ref: Ref | string): Live<T> | undefined {
    return this.#store.get(typeof ref === "string" ? ref : keyOf(ref));
  }

  /** All objects, or those of one namespace, in no order. */
  list(namespace?: string): Live<T>[] {
    return namespace === undefined ? [...this.#store.values()] : this.#store.byIndex(byNamespace, namespace);
  }

  /** Keys of all objects. */
  keys(): string[] {
    return [...this.#store.keys()];
  }

  /** The objects that an index finds under a value. Throws when there is no index of that name. */
  byIndex(name: string, value: string): Live<T>[] {
    return this.#store.byIndex(name, value);
  }

  /** Adds an index, also over what is there already; adding a name twice keeps the first. */
  addIndex(name: string, index: Index<T>): void {
    this.#store.addIndex(name, index);
  }

  /** Calls the handler with what is there now (as initial additions) and then with every change. Returns the way to stop it. */
  subscribe(handler: (change: Change<T>) => void): () => void {
    for (const object of this.#store.values()) this.#call(handler, { type: "added", object, initial: true });
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const stopWrites = this.#o.client.onWrite((write) => this.#ownWrite(write));
    const reflector = new Reflector<T>({
      client: this.#o.client,
      kind: this.kind,
      selection: this.#o.selection ?? {},
      logger: this.#logger,
      sink: {
        replace: (items, version) => this.#replace(items, version),
        event: (event) => this.#event(event),
        health: (error) => {
          this.#error = error;
        },
      },
    });
    try {
      await reflector.run(signal);
    } finally {
      stopWrites();
    }
  }

  async #replace(items: readonly Live<T>[], version: string): Promise<void> {
    const pacer = new Pacer();
    const listed = new Set<string>();
    this.#own.restart();
    for (const item of items) {
      const key = keyOf(item);
      listed.add(key);
      const { resourceVersion, uid } = item.metadata;
      if (this.#own.admits("stored", key, resourceVersion, uid)) this.#put(key, item, !this.#synced);
      if (pacer.due) await pacer.rest();
    }
    for (const key of this.keys()) {
      if (!listed.has(key) && !this.#own.holds(key, version)) this.#remove(key);
      if (pacer.due) await pacer.rest();
    }
    this.#own.advance(version);
    this.#synced = true;
    this.#ready.resolve();
  }

  #event({ type, object }: WatchEvent<T>): void {
    if (type !== "BOOKMARK") {
      const key = keyOf(object);
      const { resourceVersion, uid } = object.metadata;
      const removed = type === "DELETED";
      if (this.#own.admits(removed ? "removed" : "stored", key, resourceVersion, uid)) {
        if (removed) this.#remove(key, object);
        else this.#put(key, object, false);
      }
    }
    this.#own.advance(object.metadata.resourceVersion);
  }

  #ownWrite(write: Write): void {
    if (write.kind.plural !== this.kind.plural || write.kind.apiVersion !== this.kind.apiVersion) return;
    if (write.type === "removed") {
      const key = keyOf(write.ref);
      const known = this.#store.get(key);
      const uid = write.uid ?? known?.metadata.uid;
      if (uid === undefined || (known !== undefined && known.metadata.uid !== uid)) return;
      this.#own.noteRemoved(key, uid);
      this.#remove(key);
      return;
    }
    const object = write.object as Live<T>;
    const { resourceVersion, uid } = object.metadata ?? {};
    // Answers of sub-resources (Scale, TokenRequest) are other kinds.
    if (object.kind !== this.kind.kind || resourceVersion === undefined || !this.#selects(object)) return;
    const key = keyOf(object);
    if (this.#own.noteStored(key, resourceVersion, uid)) this.#put(key, structuredClone(object), false);
  }

  #put(key: string, object: Live<T>, initial: boolean): void {
    const known = this.#store.get(key);
    if (
      known?.metadata.resourceVersion === object.metadata.resourceVersion &&
      known.metadata.uid === object.metadata.uid
    )
      return;
    const kept = this.#trimmed(object);
    const previous = this.#store.set(key, kept);
    if (previous === undefined) this.#emit({ type: "added", object: kept, initial });
    else if (previous.metadata.uid === kept.metadata.uid) this.#emit({ type: "updated", object: kept, previous });
    else {
      // Deleted and made anew between two looks: both are news.
      this.#emit({ type: "deleted", object: previous });
      this.#emit({ type: "added", object: kept, initial });
    }
  }

  /** `last` is the object's final state, when the watch told it. */
  #remove(key: string, last?: Live<T>): void {
    const previous = this.#store.delete(key);
    if (previous !== undefined)
      this.#emit({ type: "deleted", object: last === undefined ? previous : this.#trimmed(last) });
  }

  #trimmed(object: Live<T>): Live<T> {
    // Rebuilt, not deleted from: objects that a property was deleted from take several times the memory.
    const { managedFields: _, ...metadata } = object.metadata;
    const slim: Live<T> = { ...object, metadata };
    const kept = this.#o.trim === undefined ? slim : this.#o.trim(slim);
    return freeze ? deepFreeze(kept) : kept;
  }

  #emit(change: Change<T>): void {
    for (const handler of this.#handlers) this.#call(handler, change);
  }

  #call(handler: (change: Change<T>) => void, change: Change<T>): void {
    try {
      handler(change);
    } catch (err) {
      this.#logger.error(
        { err, resource: resourceName(this.kind), key: keyOf(change.object) },
        "informer handler failed",
      );
    }
  }
}
