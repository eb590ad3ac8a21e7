/** Limits sign-in attempts by address: a few at once, then one per some seconds. Successes do not count. */

interface Bucket {
  failures: number;
  /** When the failures were last reduced. */
  at: number;
}

/** Failures that are free before waiting starts. */
const BURST = 8;
/** One failure is forgiven after this long. */
const FORGIVE_MS = 10_000;
/** Addresses remembered; the oldest is dropped first, so that memory stays bounded. */
const MAX_ADDRESSES = 10_000;

export class Attempts {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Milliseconds to wait before the address may try; 0 when it may now. */
  waitMs(address: string): number {
    const bucket = this.#current(address);
    return bucket === undefined || bucket.failures < BURST ? 0 : Math.max(1, bucket.at + FORGIVE_MS - this.#now());
  }

  /** Counts an attempt before it is checked, so that many at once are not all let through. */
  begin(address: string): void {
    const bucket = this.#current(address) ?? { failures: 0, at: this.#now() };
    bucket.failures += 1;
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    const oldest = this.#buckets.keys().next().value;
    if (this.#buckets.size > MAX_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest);
  }

  /** Forgives everything after a success. */
  succeed(address: string): void {
    this.#buckets.delete(address);
  }

  #current(address: string): Bucket | undefined {
    const bucket = this.#buckets.get(address);
    if (bucket === undefined) return undefined;
    const forgiven = Math.floor((this.#now() - bucket.at) / FORGIVE_MS);
    if (forgiven > 0) {
      bucket.failures = Math.max(0, bucket.failures - forgiven);
      bucket.at += forgiven * FORGIVE_MS;
    }
    if (bucket.failures > 0) return bucket;
    this.#buckets.delete(address);
    return undefined;
  }
}
