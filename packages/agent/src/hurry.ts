/** Has Patroni look again and again while something is amiss: one look that comes too early or is lost would cost ten seconds. */

const FIRST_MS = 250;
/** Patroni's own turn; nothing is gained by looking less often than it does. */
const LAST_MS = 10_000;

/** Milliseconds until the next look, after so many in vain: often at first, then every `lastMs`, by default as often as Patroni itself. */
export function nextLookMs(looks: number, lastMs = LAST_MS): number {
  return Math.min(lastMs, Math.round(FIRST_MS * 1.2 ** looks));
}

export class Hurry {
  readonly #wake: () => Promise<void>;
  readonly #lastMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `wake` has Patroni look, and does not reject; in the end it is called every `lastMs`, see `nextLookMs`. */
  constructor(wake: () => Promise<void>, lastMs?: number) {
    this.#wake = wake;
    this.#lastMs = lastMs;
  }

  /** Wakes Patroni after this many milliseconds and then with growing pauses, until `stop`. Begins anew when it goes on already. */
  start(firstMs = FIRST_MS): void {
    this.stop();
    this.#look(0, firstMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(looks: number, afterMs: number): void {
    const timer = setTimeout(async () => {
      await this.#wake();
      if (this.#timer === timer) this.#look(looks + 1, nextLookMs(looks, this.#lastMs));
    }, afterMs);
    this.#timer = timer;
  }
}
