/** Objects by key with indexes. No I/O, no events. */
import type { KubeObject, Live } from "../kind.ts";

/** The values under which an object is found in an index. */
export type Index<T extends KubeObject> = (object: Live<T>) => readonly string[];

export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, Live<T>>();
  readonly #indexes = new Map<string, { readonly of: Index<T>; readonly keys: Map<string, Set<string>> }>();

  /** Adds an index, also over what is stored already. Adding a name twice keeps the first. */
  addIndex(name: string, of: Index<T>): void {
    if (this.#indexes.has(name)) return;
    const keys = new Map<string, Set<string>>();
    this.#indexes.set(name, { of, keys });
    for (const [key, object] of this.#objects) enter(keys, of(object), key);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): Live<T> | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  values(): IterableIterator<Live<T>> {
    return this.#objects.values();
  }

  byIndex(name: string, value: string): Live<T>[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`no index "${name}"; there are: ${[...this.#indexes.keys()].join(", ")}`);
    const found: Live<T>[] = [];
    for (const key of index.keys.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** Returns what was there before. */
  set(key: string, object: Live<T>): Live<T> | undefined {
    const previous = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const { of, keys } of this.#indexes.values()) {
      if (previous !== undefined) leave(keys, of(previous), key);
      enter(keys, of(object), key);
    }
    return previous;
  }

  delete(key: string): Live<T> | undefined {
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#objects.delete(key);
    for (const { of, keys } of this.#indexes.values()) leave(keys, of(previous), key);
    return previous;
  }
}

function enter(index: Map<string, Set<string>>, values: readonly string[], key: string): void {
  for (const value of values) {
    const keys = index.get(value);
    if (keys === undefined) index.set(value, new Set([key]));
    else keys.add(key);
  }
}

function leave(index: Map<string, Set<string>>, values: readonly string[], key: string): void {
  for (const value of values) {
    const keys = index.get(value);
    if (keys?.delete(key) && keys.size === 0) index.delete(value);
  }
}
