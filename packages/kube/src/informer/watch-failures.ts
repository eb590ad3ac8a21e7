/** How long to wait after a list or a watch failed. */
import { type BackoffOptions, backoffMs } from "../backoff.ts";
import { ApiError, ConnectionError, isExpired } from "../client/api-error.ts";

/**
 * away: nobody listens, and who was away comes back suddenly. broken: a connection ended in the middle. expired: our version is gone.
 * empty: a watch ended at once without a word. refused: the server answered no, and has its reasons.
 */
export type FailureClass = "away" | "broken" | "expired" | "empty" | "refused";

const limits: Readonly<Record<FailureClass, BackoffOptions>> = {
  away: { baseMs: 100, maxMs: 500 },
  broken: { baseMs: 100, maxMs: 2_000 },
  expired: { baseMs: 100, maxMs: 5_000 },
  empty: { baseMs: 100, maxMs: 5_000 },
  refused: { baseMs: 100, maxMs: 30_000 },
};

export function failureClass(error: unknown): FailureClass {
  if (isExpired(error)) return "expired";
  if (error instanceof ConnectionError) return error.unsent ? "away" : "broken";
  return "refused";
}

/**
 * Streaks of failures. Each class has its own: an outage of a minute must not make us wait when its end is a 410, as it is after a
 * restart of the server.
 */
export class WatchFailures {
  #last: FailureClass | undefined;
  #streak = 0;
  #total = 0;

  /** Failures since the last success. */
  get total(): number {
    return this.#total;
  }

  /** Counts a failure and answers how long to wait. */
  failed(what: FailureClass, error?: unknown, random: number = Math.random()): number {
    this.#total++;
    this.#streak = what === this.#last ? this.#streak + 1 : 1;
    this.#last = what;
    const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    // The first list after a 410 need not wait; a server that answers 410 again and again must.
    const streak = what === "expired" ? this.#streak - 1 : this.#streak;
    return askedMs + (streak === 0 ? 0 : backoffMs(limits[what], streak, random));
  }

  /** The server has accepted a watch. That ends an outage, but a watch may still end at once, or with a 410. */
  opened(): void {
    if (this.#last !== "expired" && this.#last !== "empty") this.succeeded();
  }

  /** Something came. */
  succeeded(): void {
    this.#last = undefined;
    this.#streak = 0;
    this.#total = 0;
  }
}
