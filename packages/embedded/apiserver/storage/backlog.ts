/** Changes that wait for a watcher to catch up, in order, and how much memory they hold. */
import type { Change } from "./collection.ts";

export class Backlog {
  #waiting: Change[];
  #next = 0;
  #bytes = 0;

  constructor(changes: readonly Change[]) {
    this.#waiting = [...changes];
    for (const change of changes) this.#bytes += sizeOf(change);
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(change: Change): void {
    this.#waiting.push(change);
    this.#bytes += sizeOf(change);
  }

  /** The oldest, which then waits no more. */
  take(): Change | undefined {
    const change = this.#waiting[this.#next];
    if (change === undefined) {
      this.#waiting = [];
      this.#next = 0;
      return undefined;
    }
    this.#next++;
    this.#bytes -= sizeOf(change);
    return change;
  }
}

/** Beside the bytes, what the entry itself takes: many small changes weigh too. */
function sizeOf({ stored }: Change): number {
  return stored.bytes.length + 200;
}
