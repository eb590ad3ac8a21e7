/** Times as Kubernetes writes them. */
import type { Millis } from "./types.ts";

/** RFC 3339 in whole seconds, the form of metav1.Time. */
export function timestamp(now: Millis): string {
  return `${new Date(now).toISOString().slice(0, 19)}Z`;
}

/** Milliseconds of an API time; undefined when it is absent or no time. */
export function millisOf(time: string | undefined): Millis | undefined {
  if (time === undefined || time === null) return undefined;
  const millis = Date.parse(time);
  return Number.isNaN(millis) ? undefined : millis;
}

/** The smallest of the given delays, ignoring absent ones. */
export function soonest(...delays: readonly (Millis | undefined)[]): Millis | undefined {
  const present = delays.filter((delay) => delay !== undefined);
  return present.length === 0 ? undefined : Math.max(0, Math.min(...present));
}
