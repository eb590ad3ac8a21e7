/** Waits for a state of the world. */
import { setTimeout as delay } from "node:timers/promises";

/** Looks again and again until `look` returns something other than undefined or false; a wait that fails says what it saw last. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number; readonly state?: () => unknown } = {},
): Promise<T> {
  const { timeoutMs = 10_000, everyMs = 10, state } = options;
  const end = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
      last = seen;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      const detail = JSON.stringify(state === undefined ? String(last) : state());
      throw new Error(`not within ${timeoutMs} ms: ${what}; last: ${detail}`, { cause: last });
    }
    await delay(everyMs);
  }
}
