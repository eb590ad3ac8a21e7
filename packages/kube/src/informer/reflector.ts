/**
 * Keeps a sink equal to what the API server has: list, watch, resume, list again when the version is lost. Runs until its signal
 * ends, whatever happens on the way.
 */
import { ApiError, ConnectionError } from "../client/api-error.ts";
import type { Client } from "../client/client.ts";
import { sleep } from "../client/deadline.ts";
import type { Selection, WatchEvent } from "../client/options.ts";
import { type Kind, type KubeObject, type Live, resourceName } from "../kind.ts";
import type { Logger } from "../observability/logger.ts";
import { lists, watches } from "./informer-metrics.ts";
import { failureClass, WatchFailures } from "./watch-failures.ts";

export interface Sink<T extends KubeObject> {
  /** The whole state at a version. */
  replace(items: readonly Live<T>[], resourceVersion: string): Promise<void>;
  event(event: WatchEvent<T>): void;
  /** Called at every change of health; undefined = all is well. */
  health(error: Error | undefined): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Client;
  readonly kind: Kind<T>;
  readonly selection: Selection;
  readonly sink: Sink<T>;
  readonly logger: Logger;
}

const initialEventsEnd = "k8s.io/initial-events-end";
/**
 * Refusals that a plain list would get, too. Any other means that this server does not serve lists as watches: 422 where it is switched
 * off, 500 in the stream where its storage (etcd before 3.4.25) cannot.
 */
const saysNothingOfStreaming = new Set([401, 403, 404, 410, 429, 503, 504]);
/** A server that knows nothing of `sendInitialEvents` ignores it and never sends the end mark. */
const streamListSilenceMs = 10_000;
const pageSize = 200;

export class Reflector<T extends KubeObject> {
  readonly #o: ReflectorOptions<T>;
  /** Where the next watch goes on; undefined = list first. */
  #version: string | undefined;
  #streamingLists = true;
  /** Lists as watches that broke off half-way: a list in pages may get through where one long answer does not. */
  #brokenStreamLists = 0;
  readonly #failures = new WatchFailures();

  constructor(options: ReflectorOptions<T>) {
    this.#o = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const useful = await this.#round(signal);
        if (!useful) await sleep(this.#failures.failed("empty"), signal);
      } catch (error) {
        if (signal.aborted) break;
        await this.#recover(error, signal).catch(() => undefined);
      }
    }
  }

  async #round(signal: AbortSignal): Promise<boolean> {
    if (this.#version !== undefined) return this.#follow(this.#version, signal);
    if (this.#streamingLists) return this.#streamList(signal);
    const { client, kind, selection, sink } = this.#o;
    lists.inc({ name: resourceName(kind) });
    const { items, resourceVersion } = await client.list(kind, { ...selection, pageSize, signal, timeoutMs: 120_000 });
    await sink.replace(items, resourceVersion);
    this.#version = resourceVersion;
    this.#well();
    return true;
  }

  /** Watches from a version until the watch ends. */
  async #follow(resourceVersion: string, signal: AbortSignal): Promise<boolean> {
    const { client, kind, selection } = this.#o;
    const timeoutSeconds = 240 + Math.floor(Math.random() * 240);
    watches.inc({ name: resourceName(kind) });
    const began = performance.now();
    const options = { ...selection, signal, resourceVersion, bookmarks: true, timeoutSeconds };
    const onOpen = () => {
      const { total } = this.#failures;
      this.#failures.opened();
      if (total > 0 && this.#failures.total === 0) this.#well(total);
    };
    let received = 0;
    for await (const event of client.watch(kind, { ...options, onOpen })) {
      received++;
      this.#take(event);
    }
    return received > 0 || performance.now() - began > 5_000;
  }

  /** One watch that begins with the state: no list in one piece, on neither side. */
  async #streamList(signal: AbortSignal): Promise<boolean> {
    const { client, kind, selection, sink } = this.#o;
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), streamListSilenceMs);
    const stop = () => silence.abort();
    signal.addEventListener("abort", stop, { once: true });
    const timeoutSeconds = 240 + Math.floor(Math.random() * 240);
    lists.inc({ name: resourceName(kind) });
    let initial: Live<T>[] | undefined = [];
    try {
      const options = {
        ...selection,
        signal: silence.signal,
        sendInitialEvents: true,
        bookmarks: true,
        timeoutSeconds,
      };
      for await (const event of client.watch(kind, options)) {
        if (initial === undefined) {
          this.#take(event);
        } else if (event.type !== "BOOKMARK") {
          initial.push(event.object);
          timer = timer.refresh();
        } else if (event.object.metadata.annotations?.[initialEventsEnd] === "true") {
          clearTimeout(timer);
          await sink.replace(initial, event.object.metadata.resourceVersion);
          initial = undefined;
          this.#version = event.object.metadata.resourceVersion;
          this.#well();
        }
      }
      return initial === undefined;
    } catch (error) {
      const refused = error instanceof ApiError && !saysNothingOfStreaming.has(error.status);
      const broken = error instanceof ConnectionError && !error.unsent && ++this.#brokenStreamLists >= 2;
      if (initial === undefined || signal.aborted || !(refused || broken || silence.signal.aborted)) throw error;
      this.#streamingLists = false;
      return true;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  #take(event: WatchEvent<T>): void {
    this.#o.sink.event(event);
    this.#version = event.object.metadata.resourceVersion;
    if (this.#failures.total > 0) this.#well();
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const what = failureClass(error);
    if (what === "expired") this.#version = undefined;
    const waitMs = this.#failures.failed(what, error);
    if (this.#failures.total === 2) this.#ill(error);
    await sleep(waitMs, signal);
  }

  #well(failures = this.#failures.total): void {
    if (failures > 1) this.#o.logger.info({ resource: resourceName(this.#o.kind), failures }, "watch recovered");
    this.#failures.succeeded();
    this.#o.sink.health(undefined);
  }

  #ill(error: unknown): void {
    const known = error instanceof Error ? error : new Error(String(error));
    this.#o.logger.warn({ resource: resourceName(this.#o.kind), err: known }, "watch failing, trying on");
    this.#o.sink.health(known);
  }
}
