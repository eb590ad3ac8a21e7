/** Sessions of people: a random token in a cookie, its hash in the store, so that the store opens no session and restarts end none. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

const HOUR_MS = 3_600_000;
/** A session ends when it was not used for this long. */
const IDLE_MS = 12 * HOUR_MS;
/** And in any case after this long. */
const LIFETIME_MS = 7 * 24 * HOUR_MS;
/** The store is written at most this often per session: the end of a session may be off by as much. */
const TOUCH_MS = 5 * 60_000;
/** How late work that goes on without requests may notice that its session has run out. */
const CHECK_MS = 15_000;
const MAX_PER_ACCOUNT = 50;

export interface LiveSession {
  readonly username: string;
  readonly tokenHash: string;
  readonly csrfToken: string;
  readonly expiresAt: Date;
}

export class Sessions {
  readonly #store: DatabaseSync;
  readonly #now: () => number;
  readonly #csrfSecret: string;
  readonly #ended = new Set<(tokenHash: string) => unknown>();

  constructor(store: DatabaseSync, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
    this.#csrfSecret = secretOf(store, "csrf");
  }

  /** Starts a session and returns the token for the cookie. The oldest ones of the account end when it has too many. */
  create(username: string): { readonly token: string; readonly session: LiveSession } {
    const token = randomBytes(32).toString("base64url");
    const now = this.#now();
    this.#store
      .prepare("DELETE FROM sessions WHERE created_at < ? OR used_at < ?")
      .run(now - LIFETIME_MS, now - IDLE_MS);
    this.#store
      .prepare("INSERT INTO sessions (token_hash, username, created_at, used_at) VALUES (?, ?, ?, ?)")
      .run(hashOf(token), username, now, now);
    const surplus = this.#store
      .prepare("SELECT token_hash FROM sessions WHERE username = ? ORDER BY used_at DESC LIMIT -1 OFFSET ?")
      .all(username, MAX_PER_ACCOUNT);
    for (const row of surplus) this.end(String(row["token_hash"]));
    return { token, session: this.#live(username, token, now, now) };
  }

  /** The session of a token, or undefined when there is none or it has ended. */
  find(token: string): LiveSession | undefined {
    const row = this.#store
      .prepare("SELECT username, created_at, used_at FROM sessions WHERE token_hash = ?")
      .get(hashOf(token));
    if (row === undefined) return undefined;
    const [created, used, now] = [Number(row["created_at"]), Number(row["used_at"]), this.#now()];
    if (now - used > IDLE_MS || now - created > LIFETIME_MS) {
      this.end(hashOf(token));
      return undefined;
    }
    if (now - used > TOUCH_MS)
      this.#store.prepare("UPDATE sessions SET used_at = ? WHERE token_hash = ?").run(now, hashOf(token));
    return this.#live(String(row["username"]), token, created, now);
  }

  /** Whether a session is still there, without counting as use. */
  isLive(tokenHash: string): boolean {
    const row = this.#store.prepare("SELECT created_at, used_at FROM sessions WHERE token_hash = ?").get(tokenHash);
    return (
      row !== undefined &&
      this.#now() - Number(row["used_at"]) <= IDLE_MS &&
      this.#now() - Number(row["created_at"]) <= LIFETIME_MS
    );
  }

  end(tokenHash: string): void {
    this.#store.prepare("DELETE FROM sessions WHERE token_hash = ?").run(tokenHash);
    for (const listener of this.#ended) listener(tokenHash);
  }

  /** Ends every session of an account but one. */
  endOthers(username: string, keep: string): void {
    const rows = this.#store
      .prepare("SELECT token_hash FROM sessions WHERE username = ? AND token_hash <> ?")
      .all(username, keep);
    for (const row of rows) this.end(String(row["token_hash"]));
  }

  /** Aborts `work` when the session ends, by sign-out or by time; to be released when the work is over. */
  abortAtEnd(tokenHash: string, work: AbortController): { release(): void } {
    const forget = this.onEnd((ended) => ended === tokenHash && work.abort());
    const timer = setInterval(() => !this.isLive(tokenHash) && work.abort(), CHECK_MS).unref();
    return {
      release: () => {
        forget();
        clearInterval(timer);
      },
    };
  }

  #live(username: string, token: string, createdAt: number, usedAt: number): LiveSession {
    return {
      username,
      tokenHash: hashOf(token),
      // With the server's secret: whoever sees the cookie, such as a program on another port of this host, cannot compute it.
      csrfToken: createHmac("sha256", this.#csrfSecret).update(`csrf ${token}`).digest("base64url"),
      expiresAt: new Date(Math.min(usedAt + IDLE_MS, createdAt + LIFETIME_MS)),
    };
  }

  /** Calls `listener` when a session ends by sign-out; returns how to stop listening. */
  onEnd(listener: (tokenHash: string) => unknown): () => void {
    this.#ended.add(listener);
    return () => this.#ended.delete(listener);
  }
}

/** A secret of this server, made at the first use and kept over restarts. */
function secretOf(store: DatabaseSync, name: string): string {
  store
    .prepare("INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)")
    .run(name, randomBytes(32).toString("base64url"));
  return String(store.prepare("SELECT value FROM secrets WHERE name = ?").get(name)?.["value"]);
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Compares secrets without telling by the time how much of them agrees. */
export function equalSecrets(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
