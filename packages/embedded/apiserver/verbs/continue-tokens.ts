/**
 * Lists in pieces. A piece's token names the version of the list and the last key; the list as it was then is kept for a
 * while, so that all pieces together are one consistent list. A forgotten one is a 410 with a token to go on from the same
 * key in the current list.
 */
import { badRequest, StatusError } from "../errors.ts";
import type { Stored } from "../storage/stored.ts";

interface Token {
  readonly v: "keelson/v1";
  /** Version of the list; -1: the current one. */
  readonly rv: number;
  readonly start: string;
}

interface Snapshot {
  readonly items: readonly Stored[];
  readonly since: number;
}

const keepMs = 5 * 60_000;
const keepSnapshots = 64;

export class ContinueTokens {
  readonly #snapshots = new Map<string, Snapshot>();

  /** Remembers the list `items` (a whole collection or namespace) as it is at `resourceVersion`. */
  remember(scope: string, resourceVersion: number, items: readonly Stored[], now: number): void {
    const key = `${scope} ${resourceVersion}`;
    if (this.#snapshots.has(key)) return;
    for (const [old, { since }] of this.#snapshots) {
      if (this.#snapshots.size < keepSnapshots && now - since < keepMs) break;
      this.#snapshots.delete(old);
    }
    this.#snapshots.set(key, { items, since: now });
  }

  /** The remembered list that a token belongs to, or throws the 410 that tells how to go on. */
  recall(scope: string, token: Token, now: number): readonly Stored[] {
    const snapshot = this.#snapshots.get(`${scope} ${token.rv}`);
    if (snapshot !== undefined && now - snapshot.since < keepMs) return snapshot.items;
    const goOn = encodeToken({ v: "keelson/v1", rv: -1, start: token.start });
    throw new ContinueExpired(goOn);
  }
}

/** 410: `metadata.continue` holds a token for the rest of the list in its current state. */
class ContinueExpired extends StatusError {
  readonly #token: string;

  constructor(token: string) {
    super(
      410,
      "Expired",
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without the " +
        "continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing " +
        "with the provided token results in an inconsistent list - objects that were created, modified, or deleted between " +
        "the time the first chunk was returned and now may show up in the list.",
    );
    this.#token = token;
  }

  override toStatus(): Record<string, unknown> {
    return { ...super.toStatus(), metadata: { continue: this.#token } };
  }
}

export function encodeToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

export function decodeToken(text: string): Token {
  try {
    const token = JSON.parse(Buffer.from(text, "base64url").toString()) as Partial<Token>;
    if (token.v === "keelson/v1" && typeof token.rv === "number" && typeof token.start === "string") {
      return { v: token.v, rv: token.rv, start: token.start };
    }
  } catch {
    // Not a token of ours: said below.
  }
  throw badRequest("continue key is not valid: unrecognized format");
}
