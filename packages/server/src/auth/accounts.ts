/** Local accounts: passwords as argon2id, the first one made at the first start and left in a file for the owner of the machine. */
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { hashPassword, verifyPassword } from "./password-hash.ts";

export const ADMIN = "admin";
export const initialPasswordFile = (directory: string): string => join(directory, "initial-admin-password");

/** A hash that no password has; verified against for unknown names, so that they take as long as known ones. */
const decoy = `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

export class Accounts {
  readonly #store: DatabaseSync;
  readonly #directory: string;

  private constructor(store: DatabaseSync, directory: string) {
    this.#store = store;
    this.#directory = directory;
  }

  /** Opens the accounts; makes `admin` with a random password when there is none yet. */
  static async open(store: DatabaseSync, directory: string): Promise<Accounts> {
    const accounts = new Accounts(store, directory);
    if (store.prepare("SELECT 1 FROM accounts LIMIT 1").get() === undefined) {
      const password = randomBytes(15).toString("base64url");
      // The file first: a crash between the two leaves a file that the next start replaces, never an account nobody can enter.
      if (directory !== ":memory:") writeFileSync(initialPasswordFile(directory), `${password}\n`, { mode: 0o600 });
      await accounts.set(ADMIN, password, true);
    }
    return accounts;
  }

  /** Whether the password is right. Takes the same time for names that do not exist. */
  async verify(username: string, password: string): Promise<boolean> {
    const row = this.#store.prepare("SELECT hash FROM accounts WHERE username = ?").get(username);
    const known = typeof row?.["hash"] === "string" ? row["hash"] : undefined;
    const right = await verifyPassword(password, known ?? decoy);
    return known !== undefined && right;
  }

  /** Whether there is an account of that name. */
  has(username: string): boolean {
    return this.#store.prepare("SELECT 1 FROM accounts WHERE username = ?").get(username) !== undefined;
  }

  /** Whether the account still has the password that was made for it. */
  hasInitialPassword(username: string): boolean {
    return this.#store.prepare("SELECT initial FROM accounts WHERE username = ?").get(username)?.["initial"] === 1;
  }

  /** Sets a password; the file with the first one is removed, since it opens nothing any more. */
  async change(username: string, password: string): Promise<void> {
    await this.set(username, password, false);
    if (username === ADMIN && this.#directory !== ":memory:")
      rmSync(initialPasswordFile(this.#directory), { force: true });
  }

  /** Sets a password as it is; `initial` marks one that was made by the program. */
  async set(username: string, password: string, initial: boolean): Promise<void> {
    const encoded = await hashPassword(password);
    this.#store
      .prepare("INSERT OR REPLACE INTO accounts (username, hash, initial, changed_at) VALUES (?, ?, ?, ?)")
      .run(username, encoded, initial ? 1 : 0, Date.now());
  }
}
