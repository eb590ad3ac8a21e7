/** Keeps long loops from blocking the event loop. */
import { setImmediate as nextTurn } from "node:timers/promises";

const sliceMs = 5;

/** `await pacer.pause()` inside a loop lets other work run when the slice of time is used up, and costs next to nothing else. */
export class Pacer {
  #since = performance.now();

  /** Lets others run if it is time to. */
  async pause(): Promise<void> {
    if (this.due) await this.rest();
  }

  /** Whether it is time to let others run: lets a hot loop skip the await. */
  get due(): boolean {
    return performance.now() - this.#since > sliceMs;
  }

  /** Lets others run now. */
  async rest(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
