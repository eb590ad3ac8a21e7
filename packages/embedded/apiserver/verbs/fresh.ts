/** Waiting until the server has a resource version that a client asks for: it may come from a newer past (a restored store). */
import { StatusError } from "../errors.ts";
import type { Platform } from "../platform.ts";

const waitMs = 3_000;

/** Resolves when `resourceVersion` is committed; 504 as Kubernetes gives it when it does not come. */
export async function awaitVersion({ store }: Platform, resourceVersion: number): Promise<void> {
  if (store.resourceVersion >= resourceVersion) return;
  const arrived = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => done(false), waitMs);
    const unsubscribe = store.onCommit(() => store.resourceVersion >= resourceVersion && done(true));
    function done(found: boolean): void {
      clearTimeout(timer);
      unsubscribe();
      resolve(found);
    }
  });
  if (arrived) return;
  const message = `Too large resource version: ${resourceVersion}, current: ${store.resourceVersion}`;
  throw new StatusError(504, "Timeout", `Timeout: ${message}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}
