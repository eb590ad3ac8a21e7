/** Limits attempts to guess a password, by address and by account. Successes do not count. */
import { addressKey } from "./address-key.ts";
import { Failures } from "./failures.ts";

/** Failures of one address that are free before waiting starts; then one is forgiven after each while. */
const ADDRESS_BURST = 8;
const ADDRESS_FORGIVE_MS = 10_000;
/** Failures of one account, wherever they come from, that are free before waiting starts. Then the wait doubles. */
const ACCOUNT_BURST = 12;
const ACCOUNT_FIRST_WAIT_MS = 1_000;
/** Bounded, since whoever knows a name can make its owner wait: this long is bearable, and leaves 1440 guesses a day. */
const ACCOUNT_LONGEST_WAIT_MS = 60_000;
/** The failures of an account are forgotten after so long without any. */
const ACCOUNT_FORGET_MS = 15 * 60_000;

export class Attempts {
  readonly #addresses: Failures;
  readonly #accounts: Failures;

  constructor(now: () => number = Date.now) {
    this.#addresses = new Failures(now, {
      left: (count, sinceMs) => Math.max(0, count - Math.floor(sinceMs / ADDRESS_FORGIVE_MS)),
      waitMs: (count) => (count < ADDRESS_BURST ? 0 : (count - ADDRESS_BURST + 1) * ADDRESS_FORGIVE_MS),
    });
    this.#accounts = new Failures(now, {
      left: (count, sinceMs) => (sinceMs < ACCOUNT_FORGET_MS ? count : 0),
      waitMs: (count) =>
        count < ACCOUNT_BURST
          ? 0
          : Math.min(ACCOUNT_LONGEST_WAIT_MS, ACCOUNT_FIRST_WAIT_MS * 2 ** Math.min(count - ACCOUNT_BURST, 30)),
    });
  }

  /** Milliseconds to wait before this address may try this account; 0 when it may now. */
  waitMs(address: string, username: string): number {
    return Math.max(this.#addresses.waitMs(addressKey(address)), this.#accounts.waitMs(username));
  }

  /** Counts an attempt before it is checked, so that many at once are not all let through. */
  begin(address: string, username: string): { succeed(): void } {
    const key = addressKey(address);
    this.#addresses.add(key);
    this.#accounts.add(username);
    return {
      succeed: () => {
        this.#addresses.forget(key);
        this.#accounts.forget(username);
      },
    };
  }
}
