/**
 * Watches: an answer that never ends, one JSON document per change.
 *
 * A watcher sees every committed change after its version exactly once and in order. One that reads too slowly is cut off
 * (it comes back with its last version), so that no buffer grows without bound.
 */

import { longestTimerMs } from "../../machine/longest-timer.ts";
import { expired } from "../errors.ts";
import { drained } from "../http/drained.ts";
import { type Accepted, negotiate } from "../http/negotiate.ts";
import { isTrue } from "../http/request-info.ts";
import { setCommonHeaders } from "../http/respond.ts";
import { wireBytes, wireObject } from "../registry/codec.ts";
import { apiVersionOf, type Resource } from "../registry/resource.ts";
import { Backlog } from "../storage/backlog.ts";
import type { Change, ChangeType } from "../storage/collection.ts";
import type { Stored } from "../storage/stored.ts";
import { partialMetadata } from "../tables/partial-metadata.ts";
import { tableOf } from "../tables/table.ts";
import type { ResourceRequest } from "./context.ts";
import { awaitVersion } from "./fresh.ts";
import { parseResourceVersion, parseSelection, type Selection } from "./select.ts";
import { checkWatchOptions } from "./watch-options.ts";

const bookmarkEveryMs = 60_000;
/** Of events that wait for the client, written or not. */
const maxBufferedBytes = 8 * 1024 * 1024;
const minTimeoutSeconds = 1_800;

/** The last event's bytes: watchers of one resource are told one after another, so one memory serves them all. */
let lastEvent: { stored: Stored; type: ChangeType; resource: Resource; bytes: Buffer } | undefined;

export async function watch(request: ResourceRequest): Promise<void> {
  const { resource, info, platform } = request;
  const { query } = info;
  const accepted = negotiate(request.exchange.request.headers.accept?.replace(/;stream=watch/g, ""));
  const selection = parseSelection(resource, info);
  checkWatchOptions(query);
  const from = parseResourceVersion(query.get("resourceVersion"));
  if (from !== undefined && from > 0) await awaitVersion(platform, from);
  new Watcher(request, selection, accepted).start(from);
}

class Watcher {
  readonly #request: ResourceRequest;
  readonly #resource: Resource;
  readonly #selection: Selection;
  readonly #accepted: Accepted;
  #sentTableHeader = false;
  #ended = false;
  /** The client has been sent everything there was; from now on changes are sent as they happen. */
  #live = false;
  /** Version of the last change that was looked at, sent or not: what a bookmark says. */
  #seen = 0;
  #release: (() => void)[] = [];

  constructor(request: ResourceRequest, selection: Selection, accepted: Accepted) {
    this.#request = request;
    this.#resource = request.resource;
    this.#selection = selection;
    this.#accepted = accepted;
  }

  /** Sends what there is already, then every change. Runs without interruption up to the subscription: no gap, no double. */
  start(from: number | undefined): void {
    const { info, exchange, platform } = this.#request;
    const { response } = exchange;
    const collection = platform.store.collection(this.#resource.collection);
    const initial = info.query.get("sendInitialEvents");
    const sendAll = initial === null ? from === undefined || from === 0 : isTrue(initial);
    const missed = sendAll || from === undefined || from === 0 ? [] : collection.changesSince(from);

    setCommonHeaders(exchange);
    response.statusCode = 200;
    response.setHeader("Content-Type", this.#accepted.type === "json" ? "application/json" : "application/yaml");
    response.flushHeaders();
    if (missed === undefined) {
      const error = expired(`too old resource version: ${from} (${collection.oldestResourceVersion})`);
      this.#write(Buffer.from(`${JSON.stringify({ type: "ERROR", object: error.toStatus() })}\n`));
      response.end();
      return;
    }
    this.#seen = sendAll ? platform.store.resourceVersion : Math.max(from ?? 0, platform.store.resourceVersion);
    const behind = new Backlog(missed);
    this.#release.push(
      collection.subscribe((change) => {
        if (this.#live) this.#attempt(() => this.#see(change));
        else if (this.#isInNamespace(change)) behind.add(change);
        if (behind.bytes > maxBufferedBytes) this.#cutOff(behind.bytes);
      }),
    );
    this.#keepAlive(info.query);
    const snapshot = sendAll ? collection.list(info.namespace) : [];
    const sayEnd = initial !== null && isTrue(initial) && isTrue(info.query.get("allowWatchBookmarks"));
    this.#catchUp(snapshot, sayEnd, behind).catch((error: unknown) => this.#fail(error));
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** An event that cannot be made would be missing from the stream: the client has to begin anew. */
  #fail(error: unknown): void {
    const { exchange, platform, info } = this.#request;
    platform.log.error({ err: error, path: info.path }, "watch failed: closed");
    this.#end();
    exchange.response.destroy();
  }

  /**
   * Sends the state there was at the start as fast as the client reads, then the changes since. `behind` grows meanwhile; when it is
   * empty the watch is live, and nothing runs between that look and the next change.
   */
  async #catchUp(snapshot: readonly Stored[], sayEnd: boolean, behind: Backlog): Promise<void> {
    const version = this.#seen;
    for (const stored of snapshot) {
      if (this.#ended) return;
      if (this.#selection.selects?.(stored) ?? true) this.#send("ADDED", stored);
      await this.#drained();
    }
    if (this.#ended) return;
    if (sayEnd) this.#bookmark(true, version);
    for (let change = behind.take(); change !== undefined && !this.#ended; change = behind.take()) {
      this.#see(change);
      await this.#drained();
    }
    this.#live = true;
  }

  /** Waits until the client has read what was written. One that does not is cut off. */
  async #drained(): Promise<void> {
    const { response } = this.#request.exchange;
    if (!response.writableNeedDrain || this.#ended) return;
    if (!(await drained(response))) this.#cutOff(response.writableLength);
  }

  #keepAlive(query: URLSearchParams): void {
    const { exchange, platform } = this.#request;
    const asked = Number(query.get("timeoutSeconds") ?? 0);
    const seconds = asked > 0 ? asked : minTimeoutSeconds * (1 + Math.random());
    const timeout = setTimeout(() => this.#end(), Math.min(seconds * 1_000, longestTimerMs));
    this.#release.push(() => clearTimeout(timeout));
    if (isTrue(query.get("allowWatchBookmarks"))) {
      const bookmarks = setInterval(() => {
        if (this.#live) this.#bookmark(false);
      }, bookmarkEveryMs);
      this.#release.push(() => clearInterval(bookmarks));
    }
    const stop = (): void => this.#end();
    platform.stopping.addEventListener("abort", stop);
    this.#release.push(() => platform.stopping.removeEventListener("abort", stop));
    exchange.response.once("close", stop);
    if (exchange.response.destroyed) this.#end();
  }

  #see({ type, stored, previous, resourceVersion }: Change): void {
    if (this.#ended) return;
    if (resourceVersion > this.#seen) this.#seen = resourceVersion;
    if (!this.#isInNamespace({ stored })) return;
    const { selects } = this.#selection;
    if (selects === undefined) {
      this.#send(type, stored);
      return;
    }
    const before = previous !== undefined && selects(previous);
    const now = type !== "DELETED" && selects(stored);
    if (now) this.#send(before ? "MODIFIED" : "ADDED", stored);
    else if (before) this.#send("DELETED", type === "DELETED" ? stored : lastSelected(previous, stored));
  }

  #isInNamespace({ stored }: Pick<Change, "stored">): boolean {
    const { namespace } = this.#request.info;
    return namespace === "" || stored.key.startsWith(`${namespace}/`);
  }

  #send(type: ChangeType, stored: Stored): void {
    this.#write(this.#encode(type, stored));
  }

  #encode(type: ChangeType, stored: Stored): Buffer {
    const { as, version } = this.#accepted;
    if (as === undefined) return plainEvent(this.#resource, type, stored);
    const object = wireObject(this.#resource, stored);
    if (as !== "Table") return eventOf(type, JSON.stringify(partialMetadata(object, version)));
    const { info, platform } = this.#request;
    const metadata = { resourceVersion: String(stored.resourceVersion) };
    const table = tableOf(this.#resource, [object], metadata, info.query.get("includeObject"), platform.now(), version);
    if (this.#sentTableHeader) table["columnDefinitions"] = null;
    this.#sentTableHeader = true;
    return eventOf(type, JSON.stringify(table));
  }

  #bookmark(initialEventsEnd: boolean, version = this.#request.platform.store.resourceVersion): void {
    const annotations = initialEventsEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
    const metadata = {
      resourceVersion: String(Math.max(this.#seen, version)),
      creationTimestamp: null,
      ...annotations,
    };
    const object = { kind: this.#resource.kind, apiVersion: apiVersionOf(this.#resource), metadata };
    const shown =
      this.#accepted.as === "Table" ? bookmarkTable(this.#resource, object, this.#accepted.version) : object;
    this.#write(eventOf("BOOKMARK", JSON.stringify(shown)));
  }

  #write(bytes: Buffer): void {
    const { response } = this.#request.exchange;
    if (this.#ended || response.destroyed) return;
    response.write(bytes);
    const buffered = response.writableLength + (response.socket?.writableLength ?? 0);
    if (buffered > maxBufferedBytes) this.#cutOff(buffered);
  }

  #cutOff(bufferedBytes: number): void {
    const { exchange, platform, info } = this.#request;
    platform.log.warn({ path: info.path, bufferedBytes }, "watcher reads too slowly: closed");
    this.#end();
    exchange.response.destroy();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const release of this.#release) release();
    this.#release = [];
    this.#request.exchange.response.end();
  }
}

/** The last state that was selected, under the version of the change that ended it. */
function lastSelected(previous: Stored | undefined, stored: Stored): Stored {
  return previous === undefined ? stored : previous.withVersion(stored.resourceVersion);
}

function eventOf(type: string, json: string): Buffer {
  return Buffer.from(`{"type":"${type}","object":${json}}\n`);
}

function plainEvent(resource: Resource, type: ChangeType, stored: Stored): Buffer {
  if (lastEvent?.stored === stored && lastEvent.type === type && lastEvent.resource === resource)
    return lastEvent.bytes;
  const bytes = Buffer.concat([
    Buffer.from(`{"type":"${type}","object":`),
    wireBytes(resource, stored),
    Buffer.from("}\n"),
  ]);
  lastEvent = { stored, type, resource, bytes };
  return bytes;
}

function bookmarkTable(resource: Resource, object: { metadata: object }, version: string | undefined): object {
  return {
    ...tableOf(resource, [], {}, null, new Date(0), version),
    columnDefinitions: null,
    metadata: object.metadata,
    rows: [],
  };
}
