/** When a pod's volumes are written anew: soon after a change, several changes at once, and never two writes side by side. */

/** Several changes of what volumes show count as one. */
const DELAY_MS = 300;

export class VolumeRefresh {
  readonly #write: () => Promise<void>;
  readonly #delayMs: number;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #ended = false;

  /** `write` must not reject. Two at a time could leave the older content, or files of a pod that is gone. */
  constructor(write: () => Promise<void>, delayMs = DELAY_MS) {
    this.#write = write;
    this.#delayMs = delayMs;
  }

  /** Something that the volumes come from has changed. */
  soon(): void {
    if (this.#ended) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#writing = this.#writing.then(() => (this.#ended ? undefined : this.#write()));
    }, this.#delayMs);
  }

  /** Resolves when nothing is being written, and nothing will be. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }
}
