/**
 * One leader among several candidates, by a Lease. The times are compared on this machine's own clock only: what counts is since
 * when we have seen the Lease unchanged, so clocks of candidates need not agree.
 *
 * Guarantee: the leader's signal ends `renewDeadlineMs` after its last successful renewal at the latest, which is before
 * another candidate may take over (`leaseDurationMs` after it saw that renewal).
 */
import { hostname } from "node:os";
import { isAlreadyExists, isConflict } from "../client/api-error.ts";
import type { Client } from "../client/client.ts";
import { sleep } from "../client/deadline.ts";
import type { Live } from "../kind.ts";
import { kinds } from "../kinds.ts";
import type { Logger } from "../observability/logger.ts";
import type { Lease } from "../types.ts";
import { isLeader } from "./leader-metrics.ts";

/** Which Lease, and the times in milliseconds: `retryPeriodMs` < `renewDeadlineMs` < `leaseDurationMs`, else the constructor throws. */
export interface LeaderElectionOptions {
  readonly client: Client;
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Unique among the candidates. Default: host name and a random part. */
  readonly identity?: string;
  /** Default 15,000. */
  readonly leaseDurationMs?: number;
  /** Default 10,000. */
  readonly renewDeadlineMs?: number;
  /** Between tries to become leader, and to renew after a failure. Default 2,000. */
  readonly retryPeriodMs?: number;
  /** Between renewals that succeed. Default a third of the lease's duration. */
  readonly renewPeriodMs?: number;
  readonly logger: Logger;
}

interface Seen {
  readonly version: string;
  readonly at: number;
}

/** One candidate. */
export class LeaderElection {
  readonly identity: string;
  readonly #o: LeaderElectionOptions;
  readonly #leaseMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  readonly #renewMs: number;
  /** The Lease as we wrote it last: while nobody else writes, a renewal is one request. */
  #held: Live<Lease> | undefined;
  #seen: Seen = { version: "", at: 0 };
  #leading = false;

  constructor(options: LeaderElectionOptions) {
    this.#o = options;
    this.identity = options.identity ?? `${hostname()}_${crypto.randomUUID()}`;
    this.#leaseMs = options.leaseDurationMs ?? 15_000;
    this.#deadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryMs = options.retryPeriodMs ?? 2_000;
    this.#renewMs = Math.min(options.renewPeriodMs ?? this.#leaseMs / 3, this.#deadlineMs / 2);
    if (!(this.#retryMs < this.#deadlineMs && this.#deadlineMs < this.#leaseMs)) {
      throw new RangeError("leader election needs retryPeriodMs < renewDeadlineMs < leaseDurationMs");
    }
  }

  /** Whether this candidate leads now. */
  get leading(): boolean {
    return this.#leading;
  }

  /** Becomes a candidate until the signal ends. While leading, `lead` runs; its signal ends when leadership does. */
  async run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await this.#acquire(signal)) await this.#term(signal, lead);
      } catch (err) {
        if (signal.aborted) return;
        this.#o.logger.warn({ err, lease: this.#o.name }, "leader election failing, trying on");
      }
      await sleep(this.#retryMs * (0.8 + Math.random() * 0.4), signal).catch(() => undefined);
    }
  }

  async #term(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { name, logger } = this.#o;
    const term = new AbortController();
    const end = () => term.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    this.#setLeading(true);
    logger.info({ lease: name, identity: this.identity }, "leading");
    const work = lead(term.signal).finally(() => term.abort());
    try {
      await Promise.all([work, this.#renewing(term)]);
    } finally {
      signal.removeEventListener("abort", end);
      this.#setLeading(false);
      this.#held = undefined;
      if (signal.aborted) await this.#release().catch((err: unknown) => logger.debug({ err }, "lease not released"));
      logger.info({ lease: name, identity: this.identity }, "no longer leading");
    }
  }

  /** Renews until the term ends; ends it when no renewal succeeded in time. */
  async #renewing(term: AbortController): Promise<void> {
    const { signal } = term;
    let deadline = this.#seen.at + this.#deadlineMs;
    let pauseMs = this.#renewMs;
    while (!signal.aborted) {
      await sleep(Math.min(pauseMs, Math.max(0, deadline - performance.now())), signal).catch(() => undefined);
      if (signal.aborted) return;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return term.abort(new Error(`lease ${this.#o.name} not renewed within ${this.#deadlineMs} ms`));
      try {
        if (!(await this.#acquire(signal, leftMs)))
          return term.abort(new Error(`lease ${this.#o.name} is held by another`));
        deadline = this.#seen.at + this.#deadlineMs;
        pauseMs = this.#renewMs;
      } catch (err) {
        pauseMs = Math.min(this.#retryMs, this.#deadlineMs / 10);
        this.#o.logger.debug({ err, lease: this.#o.name }, "lease not renewed, trying again");
      }
    }
  }

  /** Takes or renews the Lease; false when another holds it. */
  async #acquire(signal: AbortSignal, timeoutMs = this.#deadlineMs): Promise<boolean> {
    const { client, namespace, name } = this.#o;
    const askedAt = performance.now();
    const call = { signal, timeoutMs };
    const lease = this.#held ?? (await client.get(kinds.Lease, { namespace, name }, call));
    this.#held = undefined;
    try {
      if (lease !== undefined && !this.#mayTake(lease)) return false;
      const spec = this.#spec(lease?.spec);
      this.#held =
        lease === undefined
          ? await client.create(kinds.Lease, { metadata: { namespace, name }, spec }, call)
          : await client.replace(kinds.Lease, { ...lease, spec }, call);
      this.#seen = { version: this.#held.metadata.resourceVersion, at: askedAt };
      return true;
    } catch (error) {
      // Somebody else wrote first. Whether it was the end of our term, the next look at the Lease tells.
      if (isAlreadyExists(error) || (isConflict(error) && lease?.spec?.holderIdentity !== this.identity)) return false;
      throw error;
    }
  }

  #mayTake(lease: Live<Lease>): boolean {
    const { holderIdentity = "", leaseDurationSeconds } = lease.spec ?? {};
    if (holderIdentity === "" || holderIdentity === this.identity) return true;
    const { resourceVersion } = lease.metadata;
    if (this.#seen.version !== resourceVersion) this.#seen = { version: resourceVersion, at: performance.now() };
    const durationMs = leaseDurationSeconds === undefined ? this.#leaseMs : leaseDurationSeconds * 1000;
    return performance.now() - this.#seen.at > durationMs;
  }

  #spec(before: Lease["spec"]): NonNullable<Lease["spec"]> {
    const now = microTime();
    const mine = before?.holderIdentity === this.identity;
    return {
      holderIdentity: this.identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(this.#leaseMs / 1000)),
      acquireTime: mine ? (before?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (mine || before === undefined ? 0 : 1),
    };
  }

  /** Lets others take over at once. */
  async #release(): Promise<void> {
    const { client, namespace, name } = this.#o;
    const call = { timeoutMs: 2_000 };
    const lease = await client.get(kinds.Lease, { namespace, name }, call);
    if (lease?.spec?.holderIdentity !== this.identity) return;
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime() };
    await client.replace(kinds.Lease, { ...lease, spec }, call);
  }

  #setLeading(leading: boolean): void {
    this.#leading = leading;
    isLeader.set({ name: this.#o.name }, leading ? 1 : 0);
  }
}

function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}
