/** Waiting for a client to read. */
import type { Writable } from "node:stream";

/** Milliseconds. Who has not read a buffer's worth in this time is not reading. */
export const maxUnreadMs = 60_000;

/** Resolves when `stream` takes more: true; or is closed, or has not been read from for the given time: false. */
export function drained(stream: Writable, limitMs: number = maxUnreadMs): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  if (stream.destroyed) return Promise.resolve(false);
  const onDrain = (): void => resolve(true);
  const onEnd = (): void => resolve(false);
  const timer = setTimeout(onEnd, limitMs);
  stream.on("drain", onDrain).on("close", onEnd);
  return promise.finally(() => {
    clearTimeout(timer);
    stream.off("drain", onDrain).off("close", onEnd);
  });
}
