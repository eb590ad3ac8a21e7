/** Shared informers: who asks twice for the same objects gets the same copy and the same watch. */
import type { Client } from "../client/client.ts";
import type { Selection } from "../client/options.ts";
import { type Kind, type KubeObject, type Live, type Ref, resourceName } from "../kind.ts";
import { type Logger, silentLogger } from "../observability/logger.ts";
import { selectorText } from "../selector.ts";
import { Informer, type InformerOptions } from "./informer.ts";

/** What the informers of a cache share. */
export interface CacheOptions {
  readonly client: Client;
  /** Restricts every informer that names no namespace of its own. Default: all namespaces. */
  readonly namespace?: string | undefined;
  readonly logger?: Logger;
}

/** Which objects, and how they are kept. */
export type CachedOptions<T extends KubeObject> = Selection & Pick<InformerOptions<T>, "indexes" | "trim">;

/** Makes informers, each once, and starts them together. */
export class Cache {
  readonly #client: Client;
  readonly #namespace: string | undefined;
  readonly #logger: Logger;
  readonly #informers = new Map<string, Informer<KubeObject>>();
  #signal: AbortSignal | undefined;

  constructor({ client, namespace, logger = silentLogger }: CacheOptions) {
    this.#client = client;
    this.#namespace = namespace;
    this.#logger = logger;
  }

  /**
   * The informer of a kind and selection; made at the first call (whose `trim` counts), indexes of later calls are added.
   * After `start` new informers run at once.
   */
  informer<T extends KubeObject>(kind: Kind<T>, options: CachedOptions<T> = {}): Informer<T> {
    const { indexes = {}, trim, labelSelector, fieldSelector } = options;
    const namespace = options.namespace ?? (kind.namespaced ? this.#namespace : undefined);
    const id = [resourceName(kind), kind.version, namespace, selectorText(labelSelector), fieldSelector].join("|");
    // One kind and selection, one type: the map forgets it, the id remembers.
    const known = this.#informers.get(id) as Informer<T> | undefined;
    if (known !== undefined) {
      for (const [name, index] of Object.entries(indexes)) known.addIndex(name, index);
      return known;
    }
    const made = new Informer<T>({
      client: this.#client,
      kind,
      selection: { namespace, labelSelector, fieldSelector },
      indexes,
      logger: this.#logger,
      ...(trim === undefined ? {} : { trim }),
    });
    this.#informers.set(id, made as unknown as Informer<KubeObject>);
    if (this.#signal !== undefined) void made.start(this.#signal);
    return made;
  }

  /** From the informer of all objects of the kind. */
  get<T extends KubeObject>(kind: Kind<T>, ref: Ref): Live<T> | undefined {
    return this.informer(kind).get(ref);
  }

  /** From the informer of all objects of the kind. */
  list<T extends KubeObject>(kind: Kind<T>, namespace?: string): Live<T>[] {
    return this.informer(kind).list(namespace);
  }

  /** Starts all informers; they run until the signal ends. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    for (const informer of this.#informers.values()) void informer.start(signal);
  }

  /** Resolves when every informer asked for so far is complete. */
  async synced(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced(signal)));
  }

  /** For `/readyz`: which informers are not complete or not up to date. */
  problems(): string[] {
    return [...this.#informers.values()].flatMap((informer) => informer.problem ?? []);
  }
}
