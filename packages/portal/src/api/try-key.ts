/** The idempotency key of one try: repeats of a request whose outcome is not known carry the same one, so that it is carried out once. */
import { useState } from "react";
import { ApiProblem } from "./problem.ts";

export class TryKey {
  #open: { readonly request: string; readonly key: string } | undefined;
  readonly #newKey: () => string;

  constructor(newKey: () => string = () => crypto.randomUUID()) {
    this.#newKey = newKey;
  }

  /** The key to send with the request: the former one when the same request was sent before without a known outcome. */
  for(request: unknown): string {
    const text = JSON.stringify(request);
    if (this.#open?.request !== text) this.#open = { request: text, key: this.#newKey() };
    return this.#open.key;
  }

  /** Notes how the request ended; with an `error` when it failed. */
  ended(error?: unknown): void {
    if (error === undefined || isRefusal(error)) this.#open = undefined;
  }
}

/** Whether nothing was done, for certain. A lost answer (status 0) and a failing server say nothing, nor does a repeat that came too early. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return false;
  const { status, field } = error.problem;
  const stillRunning = status === 409 && field === "header Idempotency-Key";
  return status >= 400 && status < 500 && !stillRunning;
}

/** A key that lives as long as the component. */
export function useTryKey(): TryKey {
  const [key] = useState(() => new TryKey());
  return key;
}
