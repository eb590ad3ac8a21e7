/** The server's own state in one SQLite file: accounts, sessions, its own secrets, answers to idempotent requests. Databases' state is in Kubernetes. */
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const schema = `
  CREATE TABLE IF NOT EXISTS accounts (
    username TEXT PRIMARY KEY, hash TEXT NOT NULL, initial INTEGER NOT NULL, changed_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS sessions (
    token_hash TEXT PRIMARY KEY, username TEXT NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS answers (
    caller TEXT NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    headers TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (caller, key)
  ) STRICT;
`;

/** Opens the store in `directory`, which only its owner may read. `:memory:` keeps nothing. */
export function openStore(directory: string): DatabaseSync {
  if (directory === ":memory:") {
    const memory = new DatabaseSync(":memory:");
    memory.exec(schema);
    return memory;
  }
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const store = new DatabaseSync(join(directory, "server.db"));
  store.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 2000; PRAGMA cache_size = -512;",
  );
  store.exec(schema);
  return store;
}
