/** Values at run time. int is bigint, double is number; the rest has classes of its own. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | CelList
  | CelMap
  | Optional
  | Opaque
  | TypeValue;

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Optional {
  static readonly none = new Optional(undefined);
  /** Undefined: there is no value. */
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** A value of a library: quantity, url, ip, cidr, semver, format. */
export class Opaque {
  readonly type: string;
  readonly value: unknown;
  /** Equal opaque values of one type have equal keys. */
  readonly key: string;
  constructor(type: string, value: unknown, key: string) {
    this.type = type;
    this.value = value;
    this.key = key;
  }
}

export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

export abstract class CelList {
  abstract readonly size: number;
  abstract at(index: number): Value;
  /** How the schema says that items are told apart; undefined: by their place. */
  readonly kind: "set" | "map" | undefined = undefined;

  *[Symbol.iterator](): Generator<Value> {
    for (let index = 0; index < this.size; index++) yield this.at(index);
  }
}

export class ArrayList extends CelList {
  readonly #items: readonly Value[];
  constructor(items: readonly Value[]) {
    super();
    this.#items = items;
  }

  get size(): number {
    return this.#items.length;
  }

  at(index: number): Value {
    return this.#items[index] ?? null;
  }
}

export type Key = string | bigint | boolean | Uint;

export abstract class CelMap {
  abstract readonly size: number;
  /** Undefined: no such key. */
  abstract get(key: Value): Value | undefined;
  abstract keys(): Iterable<Key>;
}

/** A map made by a rule. Numbers that are equal are one key. */
export class EntryMap extends CelMap {
  readonly #entries = new Map<string, readonly [Key, Value]>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    const text = keyText(key);
    return text === undefined ? undefined : this.#entries.get(text)?.[1];
  }

  /** False when the key is there already. */
  add(key: Value, value: Value): boolean {
    const text = keyText(key);
    if (text === undefined) throw new CelError("unsupported key type");
    if (this.#entries.has(text)) return false;
    this.#entries.set(text, [key as Key, value]);
    return true;
  }

  *keys(): Generator<Key> {
    for (const [key] of this.#entries.values()) yield key;
  }
}

function keyText(key: Value): string | undefined {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "boolean") return `b${key}`;
  if (typeof key === "bigint") return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === "number" && Number.isInteger(key)) return `n${BigInt(key)}`;
  return undefined;
}

/** What goes wrong while a rule runs: no such key, division by zero, no such overload, ... */
export class CelError extends Error {
  override readonly name = "CelError";
}

export function typeName(value: Value): string {
  if (value === null) return "null_type";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "double";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Uint) return "uint";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof CelList) return "list";
  if (value instanceof CelMap) return "map";
  if (value instanceof Optional) return "optional_type";
  return value instanceof Opaque ? value.type : "type";
}
