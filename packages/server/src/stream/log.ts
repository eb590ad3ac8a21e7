/** The last changes, numbered, so that a stream that broke off goes on where it was. Bounded in number and bytes. */

export interface StreamEvent {
  /** `EPOCH-NUMBER`; the epoch is new at every start, since the log does not outlive the process. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

const MAX_EVENTS = 512;
const MAX_BYTES = 2 * 1024 * 1024;

export class ChangeLog {
  readonly #epoch: string;
  readonly #events: StreamEvent[] = [];
  #first = 1;
  #bytes = 0;

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  /** Adds a change and returns it with its number. */
  append(event: string, data: string): StreamEvent {
    const entry = { id: `${this.#epoch}-${this.#first + this.#events.length}`, event, data };
    this.#events.push(entry);
    this.#bytes += data.length;
    while (this.#events.length > MAX_EVENTS || (this.#bytes > MAX_BYTES && this.#events.length > 1)) {
      this.#bytes -= this.#events.shift()?.data.length ?? 0;
      this.#first += 1;
    }
    return entry;
  }

  /** The number of the newest change; what a new stream starts after. */
  get position(): string {
    return `${this.#epoch}-${this.#first + this.#events.length - 1}`;
  }

  /** What came after `id`, or undefined when that cannot be told any more: then everything must be read anew. */
  since(id: string): readonly StreamEvent[] | undefined {
    const [epoch, text] = [id.slice(0, id.lastIndexOf("-")), id.slice(id.lastIndexOf("-") + 1)];
    const number = Number(text);
    if (epoch !== this.#epoch || !Number.isInteger(number)) return undefined;
    const skip = number + 1 - this.#first;
    return skip < 0 || skip > this.#events.length ? undefined : this.#events.slice(skip);
  }
}
