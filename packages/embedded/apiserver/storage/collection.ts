/** All objects of one resource in memory, sorted by key, with the recent changes for watches. */
import type { Stored } from "./stored.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One committed change. `previous` is what a selector has to be compared with. */
export interface Change {
  readonly type: ChangeType;
  readonly resourceVersion: number;
  readonly stored: Stored;
  readonly previous: Stored | undefined;
}

export type ChangeListener = (change: Change) => void;

/** Told of a listener that threw. By default the error is thrown again, where no write is under way any more. */
export type ListenerFailed = (error: unknown, what: string) => void;

export const throwLater: ListenerFailed = (error) => {
  setImmediate(() => {
    throw error;
  });
};

/** Calls every listener. One that throws harms neither the others nor the write that they are told of: that is on the disk already. */
export function tell<T>(listeners: ReadonlySet<(value: T) => void>, value: T, failed: (error: unknown) => void): void {
  for (const listener of listeners) {
    try {
      listener(value);
    } catch (error) {
      failed(error);
    }
  }
}

/** Enough for a watcher that comes back after seconds; who is away longer lists again. */
const historyMaxChanges = 1_000;
const historyMaxBytes = 1024 * 1024;

export class Collection {
  readonly id: string;
  readonly #byKey = new Map<string, Stored>();
  /** Sorted by key. `#sortedShared` says that a reader holds it, so the next change works on a copy. */
  #sorted: Stored[] = [];
  #sortedShared = false;
  readonly #history: Change[] = [];
  #historyStart = 0;
  #historyBytes = 0;
  /** Changes with a greater version than this are all still in the history. */
  #oldest: number;
  readonly #listeners = new Set<ChangeListener>();

  readonly #failed: ListenerFailed;

  constructor(id: string, resourceVersion: number, failed: ListenerFailed = throwLater) {
    this.id = id;
    this.#oldest = resourceVersion;
    this.#failed = failed;
  }

  get size(): number {
    return this.#byKey.size;
  }

  get oldestResourceVersion(): number {
    return this.#oldest;
  }

  get(key: string): Stored | undefined {
    return this.#byKey.get(key);
  }

  /** Every object in key order, or those of one namespace. The array never changes. */
  list(namespace?: string): readonly Stored[] {
    if (namespace === undefined || namespace === "") {
      this.#sortedShared = true;
      return this.#sorted;
    }
    const prefix = `${namespace}/`;
    const from = this.#position(prefix);
    let to = from;
    while (to < this.#sorted.length && this.#sorted[to]?.key.startsWith(prefix)) to++;
    return this.#sorted.slice(from, to);
  }

  /** What `list` answered at that version; undefined when changes since then are forgotten. */
  listAt(resourceVersion: number, namespace?: string): readonly Stored[] | undefined {
    const changes = this.changesSince(resourceVersion);
    if (changes === undefined) return undefined;
    const prefix = namespace === undefined || namespace === "" ? "" : `${namespace}/`;
    const concerned = changes.filter(({ stored }) => stored.key.startsWith(prefix));
    if (concerned.length === 0) return this.list(namespace);
    const then = new Map(this.list(namespace).map((stored) => [stored.key, stored]));
    for (const { stored, previous } of concerned.reverse()) {
      if (previous === undefined) then.delete(stored.key);
      else then.set(stored.key, previous);
    }
    return [...then.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Puts an object there without telling anybody: only while the store is being loaded. */
  load(stored: Stored): void {
    this.#byKey.set(stored.key, stored);
    this.#sorted.push(stored);
  }

  sortLoaded(): void {
    this.#sorted.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Applies a committed change and tells the listeners. */
  apply(change: Change): void {
    const { stored } = change;
    if (this.#sortedShared) {
      this.#sorted = this.#sorted.slice();
      this.#sortedShared = false;
    }
    change.previous?.release();
    const position = this.#position(stored.key);
    if (change.type === "DELETED") {
      this.#byKey.delete(stored.key);
      if (this.#sorted[position]?.key === stored.key) this.#sorted.splice(position, 1);
    } else {
      this.#byKey.set(stored.key, stored);
      const replaces = this.#sorted[position]?.key === stored.key;
      this.#sorted.splice(position, replaces ? 1 : 0, stored);
    }
    this.#remember(change);
    tell(this.#listeners, change, (error) => this.#failed(error, `${this.id} ${stored.key}`));
  }

  /** Changes after `resourceVersion` in order, or undefined when some of them are forgotten. */
  changesSince(resourceVersion: number): Change[] | undefined {
    if (resourceVersion < this.#oldest) return undefined;
    const found: Change[] = [];
    for (let i = this.#history.length - 1; i >= this.#historyStart; i--) {
      const change = this.#history[i];
      if (change === undefined || change.resourceVersion <= resourceVersion) break;
      found.push(change);
    }
    return found.reverse();
  }

  /** Calls `listener` for every change from now on, in order. Returns what ends it. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #remember(change: Change): void {
    this.#history.push(change);
    this.#historyBytes += change.stored.bytes.length;
    while (
      this.#history.length - this.#historyStart > historyMaxChanges ||
      (this.#historyBytes > historyMaxBytes && this.#history.length - this.#historyStart > 1)
    ) {
      const dropped = this.#history[this.#historyStart++];
      if (dropped === undefined) break;
      this.#historyBytes -= dropped.stored.bytes.length;
      this.#oldest = dropped.resourceVersion;
    }
    if (this.#historyStart > 200) {
      this.#history.splice(0, this.#historyStart);
      this.#historyStart = 0;
    }
  }

  /** Index of the first element whose key is not less than `key`. */
  #position(key: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.#sorted[middle];
      if (at !== undefined && at.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
