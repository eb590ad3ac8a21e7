import { until as untilOf } from "@keelson/kube/testing";

/** Waits until `check` gives a value, trying again four times a second. A check that throws counts as not yet. */
export function until<T>(what: string, limitMs: number, check: () => Promise<T | undefined | false>): Promise<T> {
  return untilOf(what, check, { timeoutMs: limitMs, everyMs: 250 });
}
