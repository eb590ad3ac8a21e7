/** Kubernetes Events for facts that a user should see in `kubectl describe`. Repeated ones raise a count instead of piling up. */
import { createHash } from "node:crypto";
import { isNotFound } from "../client/api-error.ts";
import type { Client } from "../client/client.ts";
import type { Live } from "../kind.ts";
import { kinds } from "../kinds.ts";
import { type Logger, silentLogger } from "../observability/logger.ts";
import type { CoreEvent, ObjectReference } from "../types.ts";

/** Who reports, and by which client. */
export interface EventRecorderOptions {
  readonly client: Client;
  /** Who reports, such as `keelson-operator`. */
  readonly component: string;
  readonly logger?: Logger;
}

/** One fact. The same type, reason and message about the same object are one Event with a count. */
export interface EventInput {
  readonly type: "Normal" | "Warning";
  /** CamelCase, stable. */
  readonly reason: string;
  /** A sentence for a person; cut after 1,024 characters. */
  readonly message: string;
}

interface Series {
  readonly namespace: string;
  readonly name: string;
  count: number;
  readonly firstTimestamp: string;
  lastUsed: number;
  /** Writes of one event go one after another. */
  tail: Promise<void>;
  /** Another occurrence waits to be counted: one write covers all that came meanwhile. */
  waiting: boolean;
}

/** Events are kept by the API server for an hour; then the series begins anew. */
const seriesMs = 50 * 60_000;
const maxSeries = 4_096;
const maxMessageBytes = 1_024;
/** The same fact, said again within this time, is only counted with the next write. */
const quietMs = 10_000;

/** Writes Events beside what the program does, never in its way. */
export class EventRecorder {
  readonly #o: EventRecorderOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: EventRecorderOptions) {
    this.#o = options;
  }

  /** Reports; never throws and never holds up the caller: an event that cannot be written is logged. */
  record(about: Live, event: EventInput): void {
    const id = [about.metadata.uid, event.type, event.reason, event.message].join("\n");
    const now = performance.now();
    let series = this.#series.get(id);
    if (series === undefined || now - series.lastUsed > seriesMs) {
      this.#forgetOld(now);
      series = this.#begin(id, about, now);
      this.#series.set(id, series);
    } else {
      series.count++;
      const quiet = now - series.lastUsed < quietMs;
      if (series.waiting || quiet) return;
    }
    series.lastUsed = now;
    series.waiting = true;
    const current = series;
    series.tail = series.tail.then(() => this.#write(about, event, current));
  }

  /** Resolves when what was recorded so far is written, or given up. */
  async flush(): Promise<void> {
    await Promise.all([...this.#series.values()].map(({ tail }) => tail));
  }

  #begin(id: string, about: Live, now: number): Series {
    const hash = createHash("sha256").update(id).update(String(Date.now())).digest("hex").slice(0, 16);
    return {
      // Events about cluster-scoped objects live in `default`.
      namespace: about.metadata.namespace ?? "default",
      name: `${about.metadata.name.slice(0, 200)}.${hash}`,
      count: 1,
      firstTimestamp: new Date().toISOString(),
      lastUsed: now,
      tail: Promise.resolve(),
      waiting: false,
    };
  }

  async #write(about: Live, input: EventInput, series: Series): Promise<void> {
    series.waiting = false;
    const { client, component, logger = silentLogger } = this.#o;
    const { namespace, name, count, firstTimestamp } = series;
    const lastTimestamp = new Date().toISOString();
    try {
      if (count > 1) {
        const body = { count, lastTimestamp };
        try {
          await client.patch(kinds.Event, { namespace, name }, { type: "merge", body });
          return;
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      }
      const event: CoreEvent = {
        metadata: { namespace, name },
        involvedObject: referenceTo(about),
        type: input.type,
        reason: input.reason,
        message: input.message.slice(0, maxMessageBytes),
        count,
        firstTimestamp,
        lastTimestamp,
        source: { component },
        reportingComponent: component,
        reportingInstance: component,
      };
      await client.create(kinds.Event, event);
    } catch (err) {
      logger.warn({ err, reason: input.reason, namespace, name: about.metadata.name }, "event could not be written");
    }
  }

  #forgetOld(now: number): void {
    if (this.#series.size < maxSeries) return;
    for (const [id, { lastUsed }] of this.#series) if (now - lastUsed > seriesMs) this.#series.delete(id);
    for (const id of this.#series.keys()) {
      if (this.#series.size < maxSeries) return;
      this.#series.delete(id);
    }
  }
}

function referenceTo({ apiVersion, kind, metadata }: Live): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, uid, resourceVersion, ...(namespace === undefined ? {} : { namespace }) };
}
