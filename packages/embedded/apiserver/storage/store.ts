/**
 * Every object of the cluster, in memory and on disk.
 *
 * Guarantees: a promise of `put` or `remove` settles only when the change is durable; readers and watches see a change only
 * then, in the order of resource versions. All writes of one turn of the event loop share one transaction.
 * A writer decides on `latest` (which includes writes under way) and calls `put` in the same turn: so nobody can come between.
 */
import type { KubeObject } from "../types.ts";
import { type Change, Collection, type ListenerFailed, tell, throwLater } from "./collection.ts";
import { Database } from "./database.ts";
import { Stored } from "./stored.ts";

interface PendingWrite {
  readonly collection: Collection;
  readonly change: Change;
  readonly resolve: (stored: Stored) => void;
  readonly reject: (error: unknown) => void;
}

export class Store {
  readonly #database: Database;
  readonly #collections = new Map<string, Collection>();
  /** Latest version of objects with a write under way; `undefined` as value: being removed. */
  readonly #pending = new Map<string, Stored | undefined>();
  #queue: PendingWrite[] = [];
  #assigned: number;
  #committed: number;
  #closed = false;
  readonly #commitListeners = new Set<() => void>();

  readonly #listenerFailed: ListenerFailed;

  constructor(file: string | undefined, listenerFailed: ListenerFailed = throwLater) {
    this.#listenerFailed = listenerFailed;
    this.#database = new Database(file);
    this.#assigned = this.#database.resourceVersion;
    if (this.#assigned === 0) this.#assigned = 1;
    this.#committed = this.#assigned;
    for (const row of this.#database.rows()) {
      const bytes = Buffer.allocUnsafeSlow(row.body.length);
      bytes.set(row.body);
      this.collection(row.collection).load(new Stored(row.key, row.resourceVersion, bytes));
    }
    for (const collection of this.#collections.values()) collection.sortLoaded();
  }

  /** The version of the last committed change. */
  get resourceVersion(): number {
    return this.#committed;
  }

  collection(id: string): Collection {
    let found = this.#collections.get(id);
    if (found === undefined) {
      found = new Collection(id, this.#committed, this.#listenerFailed);
      this.#collections.set(id, found);
    }
    return found;
  }

  /** Ids of the collections that hold anything. */
  *collectionIds(): Generator<string> {
    for (const [id, collection] of this.#collections) if (collection.size > 0) yield id;
  }

  /** The committed object: what readers may see. */
  get(collection: string, key: string): Stored | undefined {
    return this.collection(collection).get(key);
  }

  /** The newest object, writes under way included: what a writer has to decide on. */
  latest(collection: string, key: string): Stored | undefined {
    const pendingKey = `${collection} ${key}`;
    if (this.#pending.has(pendingKey)) return this.#pending.get(pendingKey);
    return this.collection(collection).get(key);
  }

  /** Every newest object of a collection, writes under way included. */
  *latestOf(collection: string): Generator<Stored> {
    const prefix = `${collection} `;
    for (const stored of this.collection(collection).list()) {
      if (!this.#pending.has(prefix + stored.key)) yield stored;
    }
    for (const [key, stored] of this.#pending) if (stored !== undefined && key.startsWith(prefix)) yield stored;
  }

  /** Creates or replaces an object under a new resource version. */
  put(collection: string, key: string, object: KubeObject): Promise<Stored> {
    const previous = this.latest(collection, key);
    const resourceVersion = ++this.#assigned;
    const stored = Stored.of(key, resourceVersion, object);
    const type = previous === undefined ? "ADDED" : "MODIFIED";
    return this.#write(collection, { type, resourceVersion, stored, previous }, stored);
  }

  /** Removes an object. Resolves with its last state under the resource version of the removal. */
  remove(collection: string, key: string): Promise<Stored> {
    const previous = this.latest(collection, key);
    if (previous === undefined) return Promise.reject(new Error(`no ${collection} ${key} to remove`));
    const resourceVersion = ++this.#assigned;
    const stored = previous.withVersion(resourceVersion);
    return this.#write(collection, { type: "DELETED", resourceVersion, stored, previous }, undefined);
  }

  /** Calls `listener` after each transaction. */
  onCommit(listener: () => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  /** Commits what is waiting and closes the file. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#database.close();
  }

  #write(collection: string, change: Change, latest: Stored | undefined): Promise<Stored> {
    if (this.#closed) return Promise.reject(new Error("the store is closed"));
    this.#pending.set(`${collection} ${change.stored.key}`, latest);
    return new Promise((resolve, reject) => {
      if (this.#queue.length === 0) setImmediate(() => this.#flush());
      this.#queue.push({ collection: this.collection(collection), change, resolve, reject });
    });
  }

  #flush(): void {
    const writes = this.#queue;
    if (writes.length === 0) return;
    this.#queue = [];
    this.#pending.clear();
    const version = this.#assigned;
    try {
      this.#database.commit(
        writes.map(({ collection, change }) => ({
          collection: collection.id,
          key: change.stored.key,
          resourceVersion: change.resourceVersion,
          ...(change.type !== "DELETED" && { body: change.stored.bytes }),
        })),
        version,
      );
    } catch (error) {
      for (const write of writes) write.reject(error);
      return;
    }
    for (const { collection, change, resolve } of writes) {
      this.#committed = change.resourceVersion;
      collection.apply(change);
      resolve(change.stored);
    }
    tell(this.#commitListeners, undefined, (error) => this.#listenerFailed(error, "commit"));
  }
}
