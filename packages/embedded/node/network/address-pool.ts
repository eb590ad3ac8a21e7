/** The addresses of a node's pods: 10.244.INDEX.2 to .254. A freed address is the last to be given again. */

import { podAddress } from "./addresses.ts";

const FIRST = 2;
const LAST = 254;

export class AddressPool {
  readonly #index: number;
  readonly #taken = new Set<string>();
  #next = FIRST;

  constructor(index: number) {
    this.#index = index;
  }

  /** Marks an address that is in use already. */
  reserve(ip: string): void {
    this.#taken.add(ip);
  }

  /** Throws when all are in use. */
  take(): string {
    for (let tries = FIRST; tries <= LAST; tries++) {
      const ip = podAddress(this.#index, this.#next);
      this.#next = this.#next === LAST ? FIRST : this.#next + 1;
      if (!this.#taken.has(ip)) {
        this.#taken.add(ip);
        return ip;
      }
    }
    throw new Error("all pod addresses of this node are in use");
  }

  give(ip: string): void {
    this.#taken.delete(ip);
  }
}
