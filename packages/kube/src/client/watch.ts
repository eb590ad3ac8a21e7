/** One watch request: lines of JSON as events. */

import type { Kind, KubeObject } from "../kind.ts";
import { kindPath } from "../kind.ts";
import { Pacer } from "../pacer.ts";
import { selectorText } from "../selector.ts";
import type { Status } from "../types.ts";
import { ApiError, ConnectionError } from "./api-error.ts";
import type { WatchEvent, WatchOptions } from "./options.ts";
import type { Requester } from "./requester.ts";

type WireEvent<T extends KubeObject> = WatchEvent<T> | { readonly type: "ERROR"; readonly object: Status };

/** Yields events until the server ends the watch. An ERROR event is thrown as `ApiError`. */
export async function* watchEvents<T extends KubeObject>(
  http: Requester,
  kind: Kind<T>,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const {
    namespace,
    labelSelector,
    fieldSelector,
    signal,
    resourceVersion,
    sendInitialEvents,
    bookmarks,
    timeoutSeconds,
  } = options;
  const path = kindPath(kind, { namespace });
  const response = await http.stream({
    method: "GET",
    path,
    query: {
      watch: true,
      labelSelector: selectorText(labelSelector),
      fieldSelector,
      resourceVersion,
      timeoutSeconds,
      allowWatchBookmarks: bookmarks === true || sendInitialEvents === true,
      ...(sendInitialEvents === true ? { sendInitialEvents, resourceVersionMatch: "NotOlderThan" } : {}),
    },
    headers: { accept: "application/json" },
    signal,
    idleTimeoutMs: timeoutSeconds === undefined ? 0 : (timeoutSeconds + 30) * 1000,
  });
  options.onOpen?.();
  const pacer = new Pacer();
  try {
    for await (const line of lines(response.body)) {
      const event = JSON.parse(line.toString()) as WireEvent<T>;
      if (event.type === "ERROR") throw ApiError.fromStatus(event.object);
      yield event;
      if (pacer.due) await pacer.rest();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ApiError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new ConnectionError(`watch of ${path} broke off: ${message}`, {
      code: "BROKEN",
      unsent: false,
      cause: error,
    });
  } finally {
    response.body.destroy();
  }
}

/** Splits a stream of bytes into lines; a last line without an end is dropped, it was cut off. */
export async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let pending: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end);
      const line = pending.length === 0 ? piece : Buffer.concat([...pending, piece]);
      pending = [];
      start = end + 1;
      if (line.length > 0) yield line;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
