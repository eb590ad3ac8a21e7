/**
 * Keys waiting for work. A key waits once however often it is added, and is never handed out while it is being worked on: what is
 * added meanwhile waits until `done`. Higher priority first, then first come, first served.
 */
import * as metrics from "./queue-metrics.ts";

/** A person waits for `user`; `normal` is news of the system; nobody waits for `resync`. */
export type Priority = "user" | "normal" | "resync";

/** How urgent a key is, and when. */
export interface AddOptions {
  /** Default normal. A key that waits already keeps the higher one. */
  readonly priority?: Priority;
  /** Default 0. A key that waits already keeps the earlier time. */
  readonly delayMs?: number;
}

/** What a queue is called, and how much rest it gives. */
export interface WorkQueueOptions {
  /** Label of the metrics. */
  readonly name: string;
  /** Milliseconds from when a key is handed out until it may be again, unless it is urgent for a person. Default 0. */
  readonly spacingMs?: number;
}

interface Waiting {
  readonly priority: Priority;
  readonly since: number;
}

interface Delayed {
  readonly priority: Priority;
  readonly due: number;
  readonly timer: NodeJS.Timeout;
}

const order: readonly Priority[] = ["user", "normal", "resync"];
const higher = (a: Priority, b: Priority) => (order.indexOf(a) <= order.indexOf(b) ? a : b);

/** The queue of one controller. It keeps no objects, only keys and how often each has failed in a row. */
export class WorkQueue {
  readonly name: string;
  readonly #labels: { readonly name: string; readonly controller: string };
  readonly #ready: Record<Priority, Map<string, Waiting>> = { user: new Map(), normal: new Map(), resync: new Map() };
  readonly #delayed = new Map<string, Delayed>();
  readonly #processing = new Map<string, { readonly since: number; again: Priority | undefined }>();
  /** Keys that are done and not to be handed out yet. */
  readonly #resting = new Map<string, { readonly timer: NodeJS.Timeout; again: Priority | undefined }>();
  readonly #failures = new Map<string, number>();
  readonly #spacingMs: number;
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #closed = false;

  constructor({ name, spacingMs = 0 }: WorkQueueOptions) {
    this.name = name;
    this.#spacingMs = spacingMs;
    this.#labels = { name, controller: name };
    metrics.runningQueues.add(this);
    metrics.depth.set(this.#labels, 0);
  }

  /** Keys that could be taken now. */
  get size(): number {
    return this.#ready.user.size + this.#ready.normal.size + this.#ready.resync.size;
  }

  /** Keys that wait for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Keys that have been taken and are not done. */
  get processing(): number {
    return this.#processing.size;
  }

  /** Lets the key wait for its turn, or for its time. After `close` it does nothing. */
  add(key: string, { priority = "normal", delayMs = 0 }: AddOptions = {}): void {
    if (this.#closed) return;
    if (delayMs > 0) this.#addLater(key, priority, delayMs);
    else this.#addNow(key, priority);
  }

  /** Adds one to the key's streak of failures and returns it. */
  countFailure(key: string): number {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    metrics.retries.inc(this.#labels);
    return failures;
  }

  /** How often the key has failed in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key is well: its streak of failures ends. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, as soon as there is one; undefined when the queue is closed. Call `done` with it afterwards, whatever happens. */
  take(): Promise<string | undefined> {
    const key = this.#next();
    if (key !== undefined) return Promise.resolve(key);
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Work on the key is over; if it was added meanwhile it waits again, now or when it has rested. */
  done(key: string): void {
    const running = this.#processing.get(key);
    if (running === undefined) return;
    this.#processing.delete(key);
    const tookMs = performance.now() - running.since;
    metrics.workDuration.observe(this.#labels, tookMs / 1000);
    const restMs = this.#spacingMs - tookMs;
    if (restMs > 0 && running.again !== "user" && !this.#closed) {
      const timer = setTimeout(() => this.#rested(key), restMs);
      this.#resting.set(key, { timer, again: running.again });
    } else if (running.again !== undefined) this.#makeReady(key, running.again);
  }

  /** Nothing is handed out any more; who waits in `take` gets undefined. */
  close(): void {
    this.#closed = true;
    metrics.runningQueues.delete(this);
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    for (const { timer } of this.#resting.values()) clearTimeout(timer);
    this.#resting.clear();
    for (const waiting of Object.values(this.#ready)) waiting.clear();
    metrics.depth.set(this.#labels, 0);
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  /** Seconds that each item in processing has taken so far. */
  runningSeconds = (): number[] => {
    const now = performance.now();
    return [...this.#processing.values()].map(({ since }) => (now - since) / 1000);
  };

  #addLater(key: string, priority: Priority, delayMs: number): void {
    if (this.#waiting(key) !== undefined) return;
    const due = performance.now() + delayMs;
    const known = this.#delayed.get(key);
    const best = known === undefined ? priority : higher(priority, known.priority);
    if (known !== undefined && known.due <= due && known.priority === best) return;
    clearTimeout(known?.timer);
    const earliest = Math.min(due, known?.due ?? due);
    const timer = setTimeout(
      () => {
        this.#delayed.delete(key);
        this.#addNow(key, best);
      },
      Math.min(earliest - performance.now(), 2 ** 31 - 1),
    );
    this.#delayed.set(key, { priority: best, due: earliest, timer });
  }

  #addNow(key: string, priority: Priority): void {
    const busy = this.#processing.get(key) ?? (priority === "user" ? undefined : this.#resting.get(key));
    if (busy === undefined) {
      this.#makeReady(key, priority);
      return;
    }
    if (busy.again === undefined) metrics.adds.inc(this.#labels);
    busy.again = busy.again === undefined ? priority : higher(priority, busy.again);
  }

  #rested(key: string): void {
    const again = this.#resting.get(key)?.again;
    this.#resting.delete(key);
    if (again !== undefined) this.#makeReady(key, again);
  }

  #makeReady(key: string, priority: Priority): void {
    if (this.#closed) return;
    // One entry per key: being due now makes being due later pointless.
    for (const later of [this.#delayed, this.#resting]) {
      clearTimeout(later.get(key)?.timer);
      later.delete(key);
    }
    const waiting = this.#waiting(key);
    if (waiting !== undefined) {
      if (higher(priority, waiting.priority) === waiting.priority) return;
      this.#ready[waiting.priority].delete(key);
    } else {
      metrics.adds.inc(this.#labels);
    }
    this.#ready[priority].set(key, { priority, since: waiting?.since ?? performance.now() });
    metrics.depth.set(this.#labels, this.size);
    const taker = this.#takers.shift();
    if (taker !== undefined) taker(this.#next());
  }

  #waiting(key: string): Waiting | undefined {
    return this.#ready.user.get(key) ?? this.#ready.normal.get(key) ?? this.#ready.resync.get(key);
  }

  #next(): string | undefined {
    for (const priority of order) {
      for (const [key, { since }] of this.#ready[priority]) {
        this.#ready[priority].delete(key);
        const now = performance.now();
        this.#processing.set(key, { since: now, again: undefined });
        metrics.latency.observe(this.#labels, (now - since) / 1000);
        metrics.depth.set(this.#labels, this.size);
        return key;
      }
    }
    return undefined;
  }
}
