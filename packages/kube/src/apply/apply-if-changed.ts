/** Server-side apply that sends nothing when the live object is as wanted: a settled system makes no writes, and drift is seen. */
import type { Client } from "../client/client.ts";
import type { CallOptions } from "../client/options.ts";
import { type Kind, type KubeObject, keyOf, type Live, resourceName } from "../kind.ts";
import { appliedHash, appliedHashAnnotation } from "./applied-hash.ts";
import { type Difference, differences } from "./containment.ts";

/** Options of `applyIfChanged`, beside those of any call. */
export interface ApplyIfChangedOptions<T extends KubeObject> extends CallOptions {
  /** The object as the informer has it; undefined when it has none. */
  readonly live: Live<T> | undefined;
  /** Who owns the fields. Default: the client's. */
  readonly fieldManager?: string;
}

/** What `applyIfChanged` did, and the object as it is now. */
export type Applied<T extends KubeObject> =
  | { readonly changed: false; readonly object: Live<T> }
  | {
      readonly changed: true;
      readonly object: Live<T>;
      /** What was not as wanted; empty when it is new or the intent changed. */
      readonly drift: readonly Difference[];
    };

/**
 * What the API server changed by itself in what we applied (an admission's or a default's own form). Without this memory such an
 * object would be applied again and again. Per client, so that tests and clusters do not mix.
 */
const settled = new WeakMap<Client, Map<string, { readonly hash: string; readonly differences: string }>>();
const maxRemembered = 20_000;

/**
 * Applies `object` unless `live` carries the hash of exactly this intent and still contains it. The applied object is told apart by an
 * annotation (`appliedHashAnnotation`). Throws what `Client.apply` throws.
 */
export async function applyIfChanged<T extends KubeObject>(
  client: Client,
  kind: Kind<T>,
  object: NoInfer<T>,
  options: ApplyIfChangedOptions<NoInfer<T>>,
): Promise<Applied<T>> {
  const { live, ...rest } = options;
  const hash = appliedHash(object);
  const id = `${resourceName(kind)}/${keyOf(object)}`;
  const memory = memoryOf(client);
  let drift: readonly Difference[] = [];
  if (live?.metadata.annotations?.[appliedHashAnnotation] === hash) {
    drift = differences(intent(object), live);
    const known = memory.get(id);
    if (drift.length === 0 || (known?.hash === hash && known.differences === fingerprint(drift)))
      return { changed: false, object: live };
  }
  const metadata = {
    ...object.metadata,
    annotations: { ...object.metadata?.annotations, [appliedHashAnnotation]: hash },
  };
  const applied = await client.apply(kind, { ...object, metadata }, rest);
  const remaining = differences(intent(object), applied);
  memory.delete(id);
  if (remaining.length > 0) {
    if (memory.size >= maxRemembered) memory.clear();
    memory.set(id, { hash, differences: fingerprint(remaining) });
  }
  return { changed: true, object: applied, drift };
}

function memoryOf(client: Client): Map<string, { readonly hash: string; readonly differences: string }> {
  let memory = settled.get(client);
  if (memory === undefined) {
    memory = new Map();
    settled.set(client, memory);
  }
  return memory;
}

function fingerprint(found: readonly Difference[]): string {
  return appliedHash({ metadata: {}, found } as KubeObject);
}

/** What can be compared: `stringData` of Secrets is write-only and comes back as `data`. */
function intent(object: KubeObject): KubeObject {
  const { stringData, data, ...rest } = object as KubeObject & {
    stringData?: Record<string, string>;
    data?: Record<string, string>;
  };
  if (stringData === undefined) return object;
  const encoded = Object.entries(stringData).map(([name, value]) => [name, Buffer.from(value).toString("base64")]);
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } } as KubeObject;
}
