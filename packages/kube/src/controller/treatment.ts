/** What a failed reconcile leads to, in one pure function. */
import { AssertionError } from "node:assert";
import { type BackoffOptions, backoffMs } from "../backoff.ts";
import { ApiError, ConnectionError, isConflict } from "../client/api-error.ts";
import { OperatorError } from "./errors.ts";

/** What follows from a failed reconcile. */
export interface Treatment {
  /** conflict: somebody else wrote first. bug: an error that only a mistake in the program raises. */
  readonly class: "transient" | "notYet" | "conflict" | "bug";
  /** When to run again. */
  readonly delayMs: number;
  /** Whether it adds to the key's streak of failures. */
  readonly countsAsFailure: boolean;
  /** CamelCase, stable: the error's own reason, or what stands for its class. */
  readonly reason: string;
  /** At which level the failure is logged. */
  readonly log: "debug" | "warn" | "error";
}

/** What the decision depends on. */
export interface TreatmentInput {
  readonly error: unknown;
  /** How often the key failed in a row, this time included. */
  readonly failures: number;
  /** Waits of transient failures. */
  readonly backoff: BackoffOptions;
  /** 0..1 */
  readonly random: number;
}

const conflictBackoff: BackoffOptions = { baseMs: 20, maxMs: 5_000 };

/** Decides by the class of the error; `errors.ts` says what each of our own means. */
export function treat({ error, failures, backoff, random }: TreatmentInput): Treatment {
  if (isConflict(error)) {
    // Read again at once; a second conflict means that our cache has not caught up yet.
    const delayMs = failures <= 1 ? 0 : backoffMs(conflictBackoff, failures - 1, random);
    return { class: "conflict", delayMs, countsAsFailure: true, reason: "Conflict", log: "debug" };
  }
  if (error instanceof OperatorError) {
    const { retry, reason } = error;
    if (retry.type === "after")
      return { class: "notYet", delayMs: retry.ms, countsAsFailure: false, reason, log: "debug" };
    return transient(reason);
  }
  if (error instanceof ApiError) return transient(error.reason === "" ? "ApiError" : error.reason, error.retryAfterMs);
  if (error instanceof ConnectionError) return transient("ApiUnreachable");
  if (isBug(error)) return { ...transient("InternalError"), class: "bug", log: "error" };
  return transient(error instanceof Error ? error.name : "Error");

  function transient(reason: string, atLeastMs = 0): Treatment {
    const delayMs = Math.max(atLeastMs, backoffMs(backoff, failures, random));
    return { class: "transient", delayMs, countsAsFailure: true, reason, log: failures === 1 ? "warn" : "debug" };
  }
}

/** Errors that only a mistake in the program raises. */
function isBug(error: unknown): boolean {
  return [TypeError, ReferenceError, RangeError, SyntaxError, AssertionError].some((each) => error instanceof each);
}
