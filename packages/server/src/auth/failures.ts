/** Failures counted by a key, and how long it has to wait for them. Bounded in number. */

interface Rule {
  /** How many of `count` failures still count `sinceMs` after the last one. */
  readonly left: (count: number, sinceMs: number) => number;
  /** How long after the last of `count` failures nothing may be tried. */
  readonly waitMs: (count: number) => number;
}

interface Streak {
  readonly count: number;
  readonly lastMs: number;
}

/** Keys remembered; the one that failed least recently is dropped first. */
const MAX_KEYS = 10_000;

export class Failures {
  readonly #streaks = new Map<string, Streak>();
  readonly #now: () => number;
  readonly #rule: Rule;

  constructor(now: () => number, rule: Rule) {
    this.#now = now;
    this.#rule = rule;
  }

  /** Milliseconds until the key may try again; 0 when it may now. */
  waitMs(key: string): number {
    const streak = this.#streaks.get(key);
    return streak === undefined ? 0 : Math.max(0, streak.lastMs + this.#rule.waitMs(streak.count) - this.#now());
  }

  /** Counts one more. */
  add(key: string): void {
    const streak = this.#streaks.get(key);
    const left = streak === undefined ? 0 : this.#rule.left(streak.count, this.#now() - streak.lastMs);
    this.#streaks.delete(key);
    this.#streaks.set(key, { count: left + 1, lastMs: this.#now() });
    const oldest = this.#streaks.keys().next().value;
    if (this.#streaks.size > MAX_KEYS && oldest !== undefined) this.#streaks.delete(oldest);
  }

  forget(key: string): void {
    this.#streaks.delete(key);
  }
}
