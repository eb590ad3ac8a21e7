/** A connection whose other end has gone without a word looks like one on which nothing is said. What it works for tells the two apart. */
const LOOK_MS = 60_000;
/** Once may be the moment before a backup has its lock, or after it gave it up. */
const IDLE_LOOKS = 2;

export interface Watched<T> {
  /** Rejects when the signal is given. */
  readonly run: (signal: AbortSignal) => Promise<T>;
  /** True when the other side does nothing any more; false when it is not known. Never rejects. */
  readonly isIdle: () => Promise<boolean>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** The outcome of what runs on the other side; given up when that has ended and its outcome has not come through. */
export async function unlessIdle<T>({ run, isIdle, sleep }: Watched<T>): Promise<T> {
  const giveUp = new AbortController();
  let ended = false;
  const watch = async (): Promise<void> => {
    for (let idle = 0; idle < IDLE_LOOKS; idle = (await isIdle()) ? idle + 1 : 0) {
      await sleep(LOOK_MS);
      if (ended) return;
    }
    giveUp.abort(new Error("the command has ended, and the connection has not brought its outcome"));
  };
  void watch();
  try {
    return await run(giveUp.signal);
  } finally {
    ended = true;
  }
}
