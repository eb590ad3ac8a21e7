/** Since when the leaders' pods are gone of which it is not certain that their processes are. */
import type { FailoverPlan } from "./plan-failover.ts";

/**
 * Milliseconds until a kubelet has ended the processes of a pod that was deleted without grace (`minimumGracePeriodInSeconds`).
 * As long as they run, replicas that have not turned to a new leader acknowledge the old one's commits, and the new one lacks those.
 */
export const KUBELET_GRACE_MS = 2_000;

/** Remembers when a departure was first seen; a new operator waits anew. */
export class Departures {
  readonly #seen = new Map<string, { readonly holder: string; readonly at: number }>();

  /** Milliseconds that are still to be waited before this cluster's lock may be taken from its holder. */
  waitMs(cluster: string, { holder = "", ending }: Pick<FailoverPlan, "holder" | "ending">, now: number): number {
    if (ending !== "PodGone" && ending !== "PodReplaced") {
      this.#seen.delete(cluster);
      return 0;
    }
    let seen = this.#seen.get(cluster);
    if (seen?.holder !== holder) {
      seen = { holder, at: now };
      this.#seen.set(cluster, seen);
    }
    return Math.max(0, seen.at + KUBELET_GRACE_MS - now);
  }
}
