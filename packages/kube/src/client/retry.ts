/** Which failed requests may be sent again, and when. Pure. */
import { type BackoffOptions, backoffMs } from "../backoff.ts";
import { ApiError, ConnectionError } from "./api-error.ts";

export interface Attempt {
  readonly method: string;
  /** How often it failed, this time included. */
  readonly failures: number;
  readonly error: unknown;
  /** Evictions answer 429 for a disruption budget: that is an answer, not overload. */
  readonly retry429: boolean;
  /** 0..1 */
  readonly random: number;
}

const maxRetries = 6;
const waits: BackoffOptions = { baseMs: 70, maxMs: 2_500 };

/**
 * Milliseconds until the next try, or undefined when the failure goes to the caller. Sent again is only what the server has
 * certainly not executed (refused connection, 429, 503 with Retry-After) and reads whose connection broke.
 */
export function retryDelayMs({ method, failures, error, retry429, random }: Attempt): number | undefined {
  if (failures > maxRetries) return undefined;
  const waitMs = backoffMs(waits, failures, random);
  if (error instanceof ApiError) {
    if (error.status === 429 && retry429) return Math.min(10_000, error.retryAfterMs ?? 0) + waitMs;
    if (error.status === 503 && error.retryAfterMs !== undefined) return Math.min(10_000, error.retryAfterMs) + waitMs;
    return undefined;
  }
  if (!(error instanceof ConnectionError) || error.code === "TIMEOUT" || error.code === "CLOSED") return undefined;
  return error.unsent || method === "GET" ? waitMs : undefined;
}
