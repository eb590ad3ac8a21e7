/** One version of one object: its JSON bytes as they go over the wire, and the parsed object. Immutable. */
import type { KubeObject } from "../types.ts";

/** Above this size the parsed form may be dropped by the garbage collector and is parsed again when asked for. */
const keepParsedBelowBytes = 16 * 1024;

export class Stored {
  readonly key: string;
  readonly resourceVersion: number;
  /** `{"kind":…,"apiVersion":…,…}`: kind and apiVersion always come first, so that both can be cut off or replaced. */
  readonly bytes: Buffer;
  #strong: KubeObject | undefined;
  #weak: WeakRef<KubeObject> | undefined;

  constructor(key: string, resourceVersion: number, bytes: Buffer, object?: KubeObject) {
    this.key = key;
    this.resourceVersion = resourceVersion;
    this.bytes = bytes;
    if (object !== undefined) this.#remember(object);
  }

  /** A version that is not (yet) in the store. */
  static of(key: string, resourceVersion: number, object: KubeObject): Stored {
    const encoded = encodeObject(object, resourceVersion);
    return new Stored(key, resourceVersion, encoded.bytes, encoded.object);
  }

  /** The parsed object. Shared: whoever wants to change it makes a copy (`structuredClone`). */
  get object(): KubeObject {
    const known = this.#strong ?? this.#weak?.deref();
    if (known !== undefined) return known;
    const object = JSON.parse(this.bytes.toString("utf8")) as KubeObject;
    this.#remember(object);
    return object;
  }

  /** The same state under another resource version. */
  withVersion(resourceVersion: number): Stored {
    return Stored.of(this.key, resourceVersion, this.object);
  }

  /** Called when a newer version takes its place: the parsed form may go. */
  release(): void {
    if (this.#strong === undefined) return;
    this.#weak = new WeakRef(this.#strong);
    this.#strong = undefined;
  }

  #remember(object: KubeObject): void {
    if (this.bytes.length < keepParsedBelowBytes) this.#strong = object;
    else this.#weak = new WeakRef(object);
  }
}

/** `namespace/name`, or the name alone for cluster-scoped objects. Lists are in the order of these keys. */
export function storageKey(namespace: string, name: string): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

/** Serialises with kind and apiVersion first and puts the version into the metadata. */
export function encodeObject(object: KubeObject, resourceVersion: number): { bytes: Buffer; object: KubeObject } {
  const { kind, apiVersion, metadata, ...rest } = object;
  const complete: KubeObject = {
    ...(kind !== undefined && { kind }),
    ...(apiVersion !== undefined && { apiVersion }),
    metadata: resourceVersion === 0 ? metadata : { ...metadata, resourceVersion: String(resourceVersion) },
    ...rest,
  };
  const text = JSON.stringify(complete);
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text, "utf8");
  return { bytes, object: complete };
}

/** Length of `{"kind":"K","apiVersion":"G/V",` at the start of stored bytes. */
export function typePrefixLength(kind: string, apiVersion: string): number {
  return `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`.length;
}
