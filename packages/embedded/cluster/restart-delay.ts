/** A process that ran this long was well: its next restart is immediate again. */
const stableMs = 30_000;
const longestMs = 10_000;

/**
 * Milliseconds to wait before a process is started again: at once after a single end, then doubling from 200 ms to 10 s.
 *
 * @param quickEnds how many times in a row the process ended before it had run for 30 s
 */
export function restartDelayMs(quickEnds: number): number {
  return quickEnds <= 1 ? 0 : Math.min(longestMs, 100 * 2 ** (quickEnds - 1));
}

/** The count of quick ends after one more end of a process that ran for `ranMs`. */
export function countQuickEnd(quickEnds: number, ranMs: number): number {
  return ranMs >= stableMs ? 1 : quickEnds + 1;
}
