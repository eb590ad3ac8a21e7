/**
 * Runs `reconcile` for keys that sources name. Level-based: a key says which object to look at, never what happened to it.
 * A key is never reconciled twice at a time; what happens meanwhile leads to another run.
 */
import type { BackoffOptions } from "../backoff.ts";
import { withDeadline } from "../client/deadline.ts";
import type { Logger } from "../observability/logger.ts";
import * as metrics from "./controller-metrics.ts";
import { TransientError } from "./errors.ts";
import type { Enqueue, Source } from "./sources.ts";
import { type Treatment, treat } from "./treatment.ts";
import { WorkQueue } from "./work-queue.ts";

/** What a run that went well may ask for. */
export interface ReconcileResult {
  /** Run again after this time, although nothing changed; only where the clock itself matters. */
  readonly requeueAfterMs?: number | undefined;
}

/** What a run is told beside its key. */
export interface ReconcileContext {
  /** Bound to the controller, the key and this run. */
  readonly log: Logger;
  /** How often this key has failed in a row before this run. */
  readonly failures: number;
}

/** Makes the world as the object wants it, whatever it was before. Most runs end without a word. */
export type Reconcile =
  | ((key: string, signal: AbortSignal, context: ReconcileContext) => Promise<ReconcileResult | undefined>)
  | ((key: string, signal: AbortSignal, context: ReconcileContext) => Promise<void>);

/** What a controller looks at, what it does, and how patient it is. Times in milliseconds. */
export interface ControllerOptions {
  /** Label of metrics and field of log lines. */
  readonly name: string;
  /** Where keys come from. None: only `enqueue`. */
  readonly sources: readonly Source[];
  readonly reconcile: Reconcile;
  readonly logger: Logger;
  /** Keys worked on at a time. Default 1. */
  readonly workers?: number;
  /** Least time from the start of one run of a key to that of the next, unless a person waits for it: what happens meanwhile is one. */
  readonly spacingMs?: number;
  /** Limit of one run. Default two minutes. */
  readonly timeoutMs?: number;
  /** Waits after failures. Default 100 ms to one minute. */
  readonly backoff?: BackoffOptions;
  /** Told of each failure with its treatment; the place to show it in the object's status. */
  readonly onFailure?: (key: string, error: unknown, treatment: Treatment) => void | Promise<void>;
}

/** Takes keys from its queue and runs `reconcile` for each; what a failure leads to, `treat` decides. */
export class Controller {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly #o: ControllerOptions;
  readonly #backoff: BackoffOptions;
  #runs = 0;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#o = options;
    this.#backoff = options.backoff ?? { baseMs: 100, maxMs: 60_000 };
    const { name, spacingMs = 0 } = options;
    this.queue = new WorkQueue({ name, spacingMs });
  }

  /** Asks for a run of the key. */
  readonly enqueue: Enqueue = (key, options) => this.queue.add(key, options);

  /** Runs until the signal ends and the last worker has come back. Waits for the sources first: no decision on half a picture. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { sources, workers = 1 } = this.#o;
    metrics.maxConcurrent.set({ controller: this.name }, workers);
    const stops = sources.map((source) => source.start(this.enqueue));
    const close = () => this.queue.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      await Promise.all(sources.map((source) => source.synced(signal)));
      await Promise.all(Array.from({ length: workers }, () => this.#work(signal)));
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", close);
      for (const stop of stops) stop();
      this.queue.close();
    }
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let key = await this.queue.take(); key !== undefined; key = await this.queue.take()) {
      metrics.active.inc({ controller: this.name });
      try {
        await this.#reconcile(key, signal);
      } finally {
        metrics.active.dec({ controller: this.name });
        this.queue.done(key);
      }
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { reconcile, logger, timeoutMs = 120_000 } = this.#o;
    const log = logger.child({ controller: this.name, key, reconcileId: `r-${(this.#runs++).toString(36)}` });
    const failures = this.queue.failures(key);
    const late = () => new TransientError("Timeout", `not reconciled within ${timeoutMs} ms`);
    const run = async (limited: AbortSignal): Promise<ReconcileResult> =>
      (await reconcile(key, limited, { log, failures })) ?? {};
    const endTimer = metrics.duration.startTimer({ controller: this.name });
    try {
      const { requeueAfterMs } = await withDeadline(signal, timeoutMs, late, run);
      if (failures > 0) log.info({ failures }, "recovered");
      this.queue.forget(key);
      if (requeueAfterMs !== undefined)
        this.queue.add(key, { delayMs: Math.max(1, requeueAfterMs), priority: "resync" });
      this.#count(requeueAfterMs === undefined ? "success" : "requeue_after");
    } catch (error) {
      if (!signal.aborted) await this.#failed(key, error, log);
    } finally {
      endTimer();
    }
  }

  async #failed(key: string, error: unknown, log: Logger): Promise<void> {
    const failures = this.queue.failures(key) + 1;
    const treatment = treat({ error, failures, backoff: this.#backoff, random: Math.random() });
    if (treatment.countsAsFailure) this.queue.countFailure(key);
    else this.queue.forget(key);
    this.queue.add(key, { delayMs: treatment.delayMs });
    this.#countFailure(treatment);
    log[treatment.log](
      { err: error, reason: treatment.reason, failures, retryAfterMs: treatment.delayMs },
      "reconcile failed",
    );
    try {
      await this.#o.onFailure?.(key, error, treatment);
    } catch (err) {
      log.warn({ err }, "failure could not be reported");
    }
  }

  #countFailure(treatment: Treatment): void {
    const controller = this.name;
    this.#count(treatment.class === "notYet" ? "requeue_after" : treatment.class === "conflict" ? "requeue" : "error");
    if (treatment.class === "notYet" || treatment.class === "conflict") return;
    metrics.errors.inc({ controller });
    if (treatment.class === "bug") metrics.panics.inc({ controller });
  }

  #count(result: "success" | "requeue" | "requeue_after" | "error"): void {
    metrics.reconciles.inc({ controller: this.name, result });
  }
}
