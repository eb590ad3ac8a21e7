/** Growing delays, by the kubelet's rules. Pure. */

import type { Backoff } from "./state.ts";

const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;
/** A container that ran for twice the longest delay counts as well again. */
const FORGET_MS = 2 * LONGEST_MS;

/**
 * When a container that ended may start again: now (with the delay that a further end would meet) or later.
 * The first restart is immediate; after that the delay counts from the last start.
 */
export function nextRestart(
  backoff: Backoff | undefined,
  finishedAt: number,
  now: number,
): { at: number; backoff: Backoff } {
  if (backoff === undefined || finishedAt - backoff.since > FORGET_MS)
    return { at: now, backoff: { delayMs: FIRST_MS, since: now } };
  const allowed = backoff.since + backoff.delayMs;
  if (now < allowed) return { at: allowed, backoff };
  return { at: now, backoff: { delayMs: Math.min(backoff.delayMs * 2, LONGEST_MS), since: now } };
}

/** After a failed try of what costs much (an image that cannot be had): the delay until the next. */
export function afterFailure(
  backoff: Backoff | undefined,
  now: number,
  firstMs: number = FIRST_MS,
  longestMs: number = LONGEST_MS,
): Backoff {
  return { delayMs: backoff === undefined ? firstMs : Math.min(backoff.delayMs * 2, longestMs), since: now };
}

const FIRST_RETRY_MS = 500;
export const LONGEST_RETRY_MS = 15_000;

/** The same for what may be there at any moment (a Secret, a volume). */
export function retrySoon(backoff: Backoff | undefined, now: number): Backoff {
  return afterFailure(backoff, now, FIRST_RETRY_MS, LONGEST_RETRY_MS);
}

/** When the next try is due. */
export function retryAt(backoff: Backoff | undefined): number | undefined {
  return backoff === undefined ? undefined : backoff.since + backoff.delayMs;
}

/** `10s`, `2m40s`, as Go prints durations. */
export function formatDelay(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}
