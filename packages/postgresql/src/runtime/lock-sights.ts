/**
 * Since when the leader locks have been seen as they are. What counts is this process's clock alone: the time that is written in a lock is of
 * another machine's, and the two need not agree.
 */

interface Sight {
  readonly renewTime: string;
  readonly at: number;
}

/** Remembers the last sight of each cluster's lock; to a new operator every lock is new. */
export class LockSights {
  readonly #seen = new Map<string, Sight>();

  /** When this cluster's lock was first seen with this time of renewal; undefined when it has none. */
  since(cluster: string, renewTime: string | undefined, now: number): number | undefined {
    if (renewTime === undefined) {
      this.forget(cluster);
      return undefined;
    }
    let sight = this.#seen.get(cluster);
    if (sight?.renewTime !== renewTime) {
      sight = { renewTime, at: now };
      this.#seen.set(cluster, sight);
    }
    return sight.at;
  }

  /** The cluster is gone. */
  forget(cluster: string): void {
    this.#seen.delete(cluster);
  }
}
