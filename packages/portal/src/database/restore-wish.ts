/** What is asked for when a moment is chosen. Pure. */
import type { LeftBehind, Window } from "@keelson/server/api";

/** The body of a request for a restore. */
export interface RestoreWish {
  readonly target?: string;
  readonly backup?: string;
  readonly targetTimeline?: number;
}

/** The span in which a moment lies that an earlier restore has left behind. */
export const leftBehindAt = (ms: number, spans: readonly LeftBehind[]): LeftBehind | undefined =>
  spans.find(({ from, to }) => Date.parse(from) < ms && ms < Date.parse(to));

/**
 * The end of the window is the latest moment, whatever comes until the restore begins. Right after a restore the window still ends before it,
 * in what that restore left behind: the latest moment of today's data would not be the one that was chosen.
 */
export function wishFor(ms: number, window: Window, span: LeftBehind | undefined): RestoreWish {
  if (span === undefined && ms >= Date.parse(window.to)) return { target: "latest" };
  const target = new Date(ms).toISOString();
  return span === undefined ? { target } : { target, targetTimeline: span.timeline };
}
