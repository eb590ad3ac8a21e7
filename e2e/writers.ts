/**
 * Oracle O2 of the fault tests: at no instant do two instances take writes. Ten times a second each instance is asked for a commit over
 * an address of its own, whether it leads or not; every commit that is acknowledged is noted with the timeline on which it was made.
 */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Namespace } from "./namespace.ts";
import { connectionString } from "./postgresql.ts";

const EVERY_MS = 100;
/** PostgreSQL's code for what cannot be done while it follows another one. */
const RECOVERS = "55000";

/** A commit that an instance has acknowledged; milliseconds of a clock that only goes forward. */
export interface Acknowledged {
  readonly instance: string;
  readonly timeline: string;
  readonly sentMs: number;
  readonly acknowledgedMs: number;
}

/** Two writers: another one on the same timeline, or a commit of a left timeline that was asked for when the next one had taken one already. */
export function secondWriters(commits: readonly Acknowledged[]): string[] {
  const found: string[] = [];
  /** Each timeline's first commit, oldest first. */
  const reigns = new Map<string, Acknowledged>();
  for (const commit of commits.toSorted((a, b) => a.acknowledgedMs - b.acknowledgedMs)) {
    const { instance, timeline, sentMs } = commit;
    const first = reigns.get(timeline) ?? commit;
    reigns.set(timeline, first);
    if (first.instance !== instance) found.push(`${first.instance} and ${instance} on timeline ${timeline}`);
    for (const next of reigns.values()) {
      if (next.timeline > timeline && next.acknowledgedMs < sentMs)
        found.push(`${instance} on timeline ${timeline} after ${next.instance} on ${next.timeline}`);
    }
  }
  return [...new Set(found)];
}

/** Asks every instance of a cluster until it is stopped. */
export class Writers {
  readonly #commits: Acknowledged[] = [];
  readonly #asking: Promise<void>[] = [];
  #stopped = false;

  static async start(space: Namespace, cluster: string): Promise<Writers> {
    const writers = new Writers();
    try {
      await writers.#askAll(space, cluster);
      return writers;
    } catch (error) {
      await writers.stop();
      throw error;
    }
  }

  async #askAll(space: Namespace, cluster: string): Promise<void> {
    for (const pod of await space.instances(cluster)) {
      const service = `writers-${pod}`;
      await space.apply(
        JSON.stringify({
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: service },
          spec: {
            type: "LoadBalancer",
            publishNotReadyAddresses: true,
            selector: { "statefulset.kubernetes.io/pod-name": pod },
            ports: [{ port: 5432 }],
          },
        }),
      );
      const address = await connectionString(space, cluster, { service });
      this.#asking.push(this.#ask(pod, address.split("?")[0] ?? ""));
    }
  }

  async #ask(instance: string, address: string): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client({
        connectionString: address,
        ssl: { rejectUnauthorized: false },
        connectionTimeoutMillis: 1_000,
        query_timeout: 2_000,
      });
      client.on("error", () => {});
      try {
        await client.connect();
        while (!this.#stopped) {
          await this.#commit(instance, client);
          await delay(EVERY_MS);
        }
      } catch {
        await delay(EVERY_MS);
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  async #commit(instance: string, client: pg.Client): Promise<void> {
    const sentMs = performance.now();
    try {
      const { rows } = await client.query<{ file: string }>(
        "SELECT pg_walfile_name(pg_logical_emit_message(true, 'writers', '')) AS file",
      );
      const timeline = rows[0]?.file.slice(0, 8) ?? "";
      this.#commits.push({ instance, timeline, sentMs, acknowledgedMs: performance.now() });
    } catch (error) {
      // What a replica answers.
      if ((error as { code?: string }).code !== RECOVERS) throw error;
    }
  }

  /** Fails when two instances took writes at a time. Gives how many commits it has seen. */
  check(): number {
    assert.deepEqual(secondWriters(this.#commits), []);
    return this.#commits.length;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#asking);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
