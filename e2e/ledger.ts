/** The ledger client of the fault tests: appends numbered rows, reconnects, and remembers what was acknowledged. */
import assert from "node:assert/strict";
import pg from "pg";

/** What a ledger run saw. */
export interface LedgerReport {
  readonly acknowledged: number;
  /** Milliseconds of the longest time between two acknowledged rows, from the send of the second's failed tries on. */
  readonly longestGapMs: number;
  /** How often a connection was lost or refused. */
  readonly interruptions: number;
}

/** Appends rows one after another over the database's public address until it is stopped. */
export class Ledger {
  readonly #config: pg.ClientConfig;
  /** Numbers of rows, and when they were acknowledged: milliseconds since 1970. */
  readonly #acknowledged = new Map<number, number>();
  #next = 1;
  #lastAckMs = 0;
  #longestGapMs = 0;
  #interruptions = 0;
  #stopped = false;
  #running: Promise<void> | undefined;
  readonly #waiters: { readonly met: () => boolean; readonly resolve: () => void }[] = [];

  private constructor(connectionString: string) {
    const [address] = connectionString.split("?");
    this.#config = {
      connectionString: address,
      // The certificate's name is the Service's, which the host cannot resolve; the encryption is what is wanted here.
      ssl: { rejectUnauthorized: false },
      connectionTimeoutMillis: 1_000,
      query_timeout: 5_000,
      keepAlive: true,
    };
  }

  /** Creates the table and starts to append. */
  static async start(connectionString: string): Promise<Ledger> {
    const ledger = new Ledger(connectionString);
    await ledger.#query(
      "CREATE TABLE IF NOT EXISTS ledger (id bigint PRIMARY KEY, written timestamptz NOT NULL DEFAULT clock_timestamp())",
    );
    ledger.#running = ledger.#append();
    try {
      await ledger.acknowledges(1);
      return ledger;
    } catch (error) {
      await ledger.stop();
      throw error;
    }
  }

  /** One statement over a connection of its own, which may take its time. */
  async #query<Row extends pg.QueryResultRow>(statement: string): Promise<Row[]> {
    const client = new pg.Client({ ...this.#config, connectionTimeoutMillis: 10_000, query_timeout: 30_000 });
    client.on("error", () => {});
    try {
      await client.connect();
      return (await client.query<Row>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  async #append(): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client(this.#config);
      client.on("error", () => {});
      try {
        await client.connect();
        while (!this.#stopped) {
          const id = this.#next++;
          await client.query("INSERT INTO ledger (id) VALUES ($1)", [id]);
          this.#acknowledge(id);
        }
      } catch {
        this.#interruptions += 1;
        this.#wake();
        await new Promise((resolve) => setTimeout(resolve, 20));
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  #acknowledge(id: number): void {
    const now = performance.now();
    if (this.#lastAckMs > 0) this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAckMs);
    this.#lastAckMs = now;
    this.#acknowledged.set(id, Date.now());
    this.#wake();
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) {
      if (waiter.met()) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  }

  /** Waits for what the writer itself sees, without a call to anybody else: whoever measures a gap must not take processor time. */
  #when(met: () => boolean, limitMs: number, failure: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (met()) return resolve();
      const timer = setTimeout(() => reject(new Error(`${failure} within ${limitMs} ms`)), limitMs);
      this.#waiters.push({
        met,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  /** Waits until `more` further rows are acknowledged. */
  acknowledges(more: number, limitMs = 120_000): Promise<void> {
    const count = this.#acknowledged.size + more;
    return this.#when(() => this.#acknowledged.size >= count, limitMs, `no ${more} further rows were acknowledged`);
  }

  /** Waits until writing was interrupted more often than `times`, which an earlier report has counted. */
  interruptedMoreThan(times: number, limitMs = 120_000): Promise<void> {
    return this.#when(() => this.#interruptions > times, limitMs, "no write was interrupted");
  }

  /** Forgets the longest gap so far: the next report speaks of what comes from now on. */
  resetGap(): void {
    this.#longestGapMs = 0;
  }

  report(): LedgerReport {
    return {
      acknowledged: this.#acknowledged.size,
      longestGapMs: Math.round(this.#longestGapMs),
      interruptions: this.#interruptions,
    };
  }

  /** Ends the writing. */
  async stop(): Promise<LedgerReport> {
    this.#stopped = true;
    await this.#running;
    return this.report();
  }

  /** A test that fails leaves nothing running that would keep its process from ending. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** What a person does by mistake. */
  async dropTable(): Promise<void> {
    await this.#query("DROP TABLE ledger");
  }

  /** Fails unless every acknowledged row is in the database (oracle O1). `explain` is asked for what else there is to read then. */
  async check(explain: () => Promise<string> = async () => ""): Promise<void> {
    // Appending may go on: what is acknowledged after this line is not in question.
    const acknowledged = [...this.#acknowledged];
    const rows = await this.#query<{ id: string }>("SELECT id FROM ledger");
    const present = new Set(rows.map(({ id }) => Number(id)));
    const lost = acknowledged.filter(([id]) => !present.has(id));
    if (lost.length === 0) return;
    const when = lost.map(([id, ms]) => `${id} at ${new Date(ms).toISOString()}`).join(", ");
    assert.fail(`${lost.length} of ${acknowledged.length} acknowledged rows are lost: ${when}\n${await explain()}`);
  }
}
