/** Work that several wait for, and that is given up when nobody waits for it any more. */

interface Running<T> {
  readonly result: Promise<T>;
  readonly givenUp: AbortController;
  waiting: number;
}

export class SharedWork<T> {
  readonly #running = new Map<string, Running<T>>();

  /**
   * What comes of the work of that name, which is begun unless it is under way. Rejects with the signal's reason as soon as it is given;
   * the work goes on for the others. When the last one has left, the work is told so, and whoever comes then begins it anew.
   */
  async share(name: string, work: (givenUp: AbortSignal) => Promise<T>, signal?: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    const running = this.#running.get(name) ?? this.#begin(name, work);
    running.waiting++;
    try {
      return await unlessAborted(running.result, signal);
    } finally {
      if (--running.waiting === 0) {
        this.#running.delete(name);
        running.givenUp.abort();
      }
    }
  }

  #begin(name: string, work: (givenUp: AbortSignal) => Promise<T>): Running<T> {
    const givenUp = new AbortController();
    const running = { result: work(givenUp.signal), givenUp, waiting: 0 };
    // Once everybody has left, nobody hears of its failure.
    running.result.catch(() => {});
    this.#running.set(name, running);
    return running;
  }
}

/** The promise's outcome, or the signal's reason if that comes first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const leave = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", leave);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
