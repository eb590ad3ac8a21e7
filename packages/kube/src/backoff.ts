/** Growing waits with jitter, so that many who fail together do not return together. */

/** Bounds of the waits, in milliseconds. */
export interface BackoffOptions {
  /** First wait. */
  readonly baseMs: number;
  /** Longest wait. */
  readonly maxMs: number;
}

/** The wait after the given number of failures (1 = the first), between half and all of `base * 2^(n-1)`, at most `max`. */
export function backoffMs({ baseMs, maxMs }: BackoffOptions, failures: number, random: number = Math.random()): number {
  const full = Math.min(maxMs, baseMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return full / 2 + (full / 2) * random;
}
