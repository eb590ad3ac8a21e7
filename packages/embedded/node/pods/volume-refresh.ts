/**
 * When a pod's volumes are written anew: soon after a change, several changes at once, again and again while something is in the way,
 * and never two writes side by side.
 */

import { retrySoon } from "./backoff.ts";
import type { Backoff } from "./state.ts";

/** Several changes of what volumes show count as one. */
const DELAY_MS = 300;

export class VolumeRefresh {
  readonly #write: () => Promise<readonly string[]>;
  readonly #tell: (trouble: string) => void;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** When the next write is due; milliseconds since the epoch. */
  #due = Number.POSITIVE_INFINITY;
  #backoff: Backoff | undefined;
  #troubles: readonly string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #ended = false;

  /**
   * `write` answers what is in the way of volumes; it must not reject. Two at a time could leave the older content, or files of a pod
   * that is gone. `tell` is told of each trouble once for as long as it lasts.
   */
  constructor(write: () => Promise<readonly string[]>, tell: (trouble: string) => void, delayMs = DELAY_MS) {
    this.#write = write;
    this.#tell = tell;
    this.#delayMs = delayMs;
  }

  /** Something that the volumes come from has changed. */
  soon(): void {
    this.#within(this.#delayMs);
  }

  /** Resolves when nothing is being written, and nothing will be. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }

  #within(delayMs: number): void {
    const due = Date.now() + delayMs;
    if (this.#ended || due >= this.#due) return;
    this.#due = due;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#due = Number.POSITIVE_INFINITY;
      this.#writing = this.#writing.then(() => this.#run());
    }, delayMs);
  }

  async #run(): Promise<void> {
    if (this.#ended) return;
    const troubles = await this.#write();
    for (const trouble of troubles) if (!this.#troubles.includes(trouble)) this.#tell(trouble);
    this.#troubles = troubles;
    this.#backoff = troubles.length === 0 ? undefined : retrySoon(this.#backoff, Date.now());
    if (this.#backoff !== undefined) this.#within(this.#backoff.delayMs);
  }
}
