/** Values that must never reach a log, a message or a dump. */
import { inspect } from "node:util";

/** Holds a secret; prints as `***` wherever it is turned into text. `reveal()` is easy to search for. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return "***";
  }

  toJSON(): string {
    return "***";
  }

  [inspect.custom](): string {
    return "***";
  }
}
