/** Errors that say what to do about them. What is thrown without saying so counts as transient. */

/** When a failed reconcile is run again: after a growing wait, or after a time of its own. */
export type Retry = { readonly type: "backoff" } | { readonly type: "after"; readonly ms: number };

/** An error that says when to try again. Engines derive their own from its two kinds below. */
export abstract class OperatorError extends Error {
  abstract readonly retry: Retry;
  /** CamelCase, stable, machine readable; becomes a condition's reason and a metric label. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.reason = reason;
  }
}

/** Goes away by itself: timeout, overload, lock busy. Tried again with growing waits. */
export class TransientError extends OperatorError {
  readonly retry: Retry = { type: "backoff" };
}

/** Nothing is wrong, but it is too early: a member still joining. Looked at again after its own delay, without counting as failure. */
export class NotYet extends OperatorError {
  readonly retry: Retry;

  constructor(reason: string, message: string, options: { afterMs: number; cause?: unknown }) {
    super(reason, message, { cause: options.cause });
    this.retry = { type: "after", ms: options.afterMs };
  }
}
