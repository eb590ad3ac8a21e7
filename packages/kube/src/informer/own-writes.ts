/**
 * Read your writes. The answer of a write of ours is in the cache before the watch delivers it; until the watch has caught up,
 * what it delivers of that object is older and must not replace it. Pure bookkeeping.
 *
 * Guarantee: once a write is acknowledged, the cache shows that version or a newer one, and never an older one.
 * Assumption: resource versions of one API server are growing numbers (they are; where one is not, nothing is held back).
 */

interface Pending {
  /** Version of our write. Infinity: we removed the object, and everything about that incarnation is older. */
  readonly version: number;
  readonly uid: string | undefined;
  readonly notedAt: number;
}

/** A watch that is further behind than this is being listed anew anyway. */
const forgetAfterMs = 120_000;

export class OwnWrites {
  readonly #pending = new Map<string, Pending>();
  readonly #now: () => number;
  #seen = -1;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A write was acknowledged. True when its object belongs into the cache: the watch has not been there yet. */
  noteStored(key: string, resourceVersion: string, uid: string): boolean {
    const version = Number(resourceVersion);
    const earlier = this.#pending.get(key);
    if (!(version > this.#seen) || (earlier !== undefined && earlier.uid === uid && earlier.version >= version))
      return false;
    this.#pending.set(key, { version, uid, notedAt: this.#now() });
    return true;
  }

  /** A deletion was acknowledged, and the object is gone. */
  noteRemoved(key: string, uid: string): void {
    this.#pending.set(key, { version: Number.POSITIVE_INFINITY, uid, notedAt: this.#now() });
  }

  /** Whether an event of the watch, or an item of a list, may go into the cache. */
  admits(type: "stored" | "removed", key: string, resourceVersion: string, uid: string): boolean {
    const pending = this.#pending.get(key);
    if (pending === undefined) return true;
    if (pending.version === Number.POSITIVE_INFINITY) {
      const older = pending.uid === uid && type === "stored";
      if (!older) this.#pending.delete(key);
      return !older || this.#stale(pending, key);
    }
    if (Number(resourceVersion) < pending.version) return this.#stale(pending, key);
    this.#pending.delete(key);
    return true;
  }

  /** Whether an object that a list at this version does not have may be in the cache all the same: we wrote it after. */
  holds(key: string, listVersion: string): boolean {
    const pending = this.#pending.get(key);
    return (
      pending !== undefined && pending.version !== Number.POSITIVE_INFINITY && pending.version > Number(listVersion)
    );
  }

  /** The watch (or a list) is at this version now. */
  advance(resourceVersion: string): void {
    const version = Number(resourceVersion);
    if (Number.isFinite(version)) this.#seen = version;
    if (this.#pending.size === 0) return;
    for (const [key, pending] of this.#pending) {
      if (pending.version <= version) this.#pending.delete(key);
      // The event of a removal may have come before its answer, and no other comes.
      else this.#stale(pending, key);
    }
  }

  /** The cache begins to be filled from a list; `advance` says when it is. A server restored from a backup may begin lower. */
  restart(): void {
    for (const [key, pending] of this.#pending) this.#stale(pending, key);
    this.#seen = -1;
  }

  /** How many writes are remembered. */
  get size(): number {
    return this.#pending.size;
  }

  #stale(pending: Pending, key: string): boolean {
    if (this.#now() - pending.notedAt < forgetAfterMs) return false;
    this.#pending.delete(key);
    return true;
  }
}
