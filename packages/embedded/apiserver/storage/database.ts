/** The file that holds the objects: SQLite in WAL mode; a transaction is on the disk when `commit` returns. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** A row to be written (`body`) or deleted (no body). */
export interface RowChange {
  readonly collection: string;
  readonly key: string;
  readonly resourceVersion: number;
  readonly body?: Buffer;
}

export interface Row {
  readonly collection: string;
  readonly key: string;
  readonly resourceVersion: number;
  readonly body: Uint8Array;
}

const layoutVersion = 1;

export class Database {
  readonly #db: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #setMeta: StatementSync;

  /** Opens or makes the database; `undefined` keeps everything in memory (tests). */
  constructor(file: string | undefined) {
    if (file !== undefined) mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(file ?? ":memory:", { timeout: 5_000 });
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA cache_size = -512;
      PRAGMA wal_autocheckpoint = 500;
      CREATE TABLE IF NOT EXISTS objects (
        collection TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (collection, key)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    `);
    this.#put = this.#db.prepare(
      "INSERT INTO objects (collection, key, version, body) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (collection, key) DO UPDATE SET version = excluded.version, body = excluded.body",
    );
    this.#remove = this.#db.prepare("DELETE FROM objects WHERE collection = ? AND key = ?");
    this.#setMeta = this.#db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)");
    const layout = this.#meta("layout");
    if (layout !== undefined && layout > layoutVersion) {
      throw new Error(`${file} was written by a newer version (layout ${layout}, this version knows ${layoutVersion})`);
    }
    this.#setMeta.run("layout", layoutVersion);
  }

  /** The greatest resource version ever given out and committed; 0 in a new database. */
  get resourceVersion(): number {
    return this.#meta("resourceVersion") ?? 0;
  }

  *rows(): Generator<Row> {
    const all = this.#db.prepare("SELECT collection, key, version, body FROM objects").iterate();
    for (const row of all) {
      const { collection, key, version, body } = row;
      if (typeof collection !== "string" || typeof key !== "string" || !(body instanceof Uint8Array)) continue;
      yield { collection, key, resourceVersion: Number(version), body };
    }
  }

  /** Writes all changes in one transaction: all of them are durable afterwards, or none and it throws. */
  commit(changes: readonly RowChange[], resourceVersion: number): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      for (const { collection, key, resourceVersion: version, body } of changes) {
        if (body === undefined) this.#remove.run(collection, key);
        else this.#put.run(collection, key, version, body);
      }
      this.#setMeta.run("resourceVersion", resourceVersion);
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #meta(name: string): number | undefined {
    const row = this.#db.prepare("SELECT value FROM meta WHERE name = ?").get(name);
    return row === undefined ? undefined : Number(row["value"]);
  }
}
