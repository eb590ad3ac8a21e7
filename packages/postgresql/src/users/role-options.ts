/** Options of a role as the user wrote them (`CREATEDB CONNECTION LIMIT 5`), taken apart and put together again from known words only. */
import { validUntilProblem } from "./valid-until.ts";

const FLAGS: ReadonlyMap<string, string> = new Map(
  ["SUPERUSER", "CREATEDB", "CREATEROLE", "INHERIT", "LOGIN", "REPLICATION", "BYPASSRLS"].flatMap((word) => [
    [word, word],
    [`NO${word}`, word],
  ]),
);

/** Source: `rolconnlimit` is an int4; PostgreSQL refuses what is below -1. */
const LARGEST_LIMIT = 2_147_483_647;

const TOKEN = /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|('(?:[^']|'')*')|([A-Za-z_]+)|(-?\d+)|(.)/gy;

interface Token {
  readonly text: string;
  readonly kind: "string" | "word" | "number" | "other";
}

function tokens(text: string): Token[] {
  return [...text.matchAll(TOKEN)].flatMap(([, string, word, number, other]): Token[] => {
    if (string !== undefined) return [{ text: string, kind: "string" }];
    if (word !== undefined) return [{ text: word.toUpperCase(), kind: "word" }];
    if (number !== undefined) return [{ text: number, kind: "number" }];
    return other === undefined ? [] : [{ text: other, kind: "other" }];
  });
}

export type RoleOptions = { readonly sql: string } | { readonly problem: string };

/**
 * With LOGIN, unless something else is said. Passwords are left out (the Secret has them), comments too; anything unknown is a problem, not
 * SQL, and so is what PostgreSQL would refuse: it would refuse the whole script with it, and so every user.
 */
export function roleOptions(text: string): RoleOptions {
  const list = tokens(text);
  /** By what each decides. */
  const out = new Map<string, string>();
  for (let i = 0; i < list.length; i++) {
    const [token, second, third] = [list[i], list[i + 1], list[i + 2]];
    if (token?.kind !== "word") return { problem: `"${token?.text ?? ""}" is not an option of a role` };
    let [topic, option] = [FLAGS.get(token.text), token.text];
    if (token.text === "CONNECTION" && second?.text === "LIMIT" && third?.kind === "number") {
      [topic, option] = ["CONNECTION LIMIT", `CONNECTION LIMIT ${third.text}`];
      i += 2;
      const limit = Number(third.text);
      if (limit < -1 || limit > LARGEST_LIMIT) return { problem: `"${option}" is not -1 (no limit) or more` };
    } else if (token.text === "VALID" && second?.text === "UNTIL" && third?.kind === "string") {
      [topic, option] = ["VALID UNTIL", `VALID UNTIL ${third.text}`];
      i += 2;
      const wrong = validUntilProblem(third.text.slice(1, -1));
      if (wrong !== undefined) return { problem: `"${option}" ${wrong}` };
    } else if (token.text === "PASSWORD" && (second?.kind === "string" || second?.text === "NULL")) {
      i += 1;
      continue;
    } else if (token.text === "ENCRYPTED" && second?.text === "PASSWORD") {
      // its PASSWORD follows
      continue;
    }
    if (topic === undefined) return { problem: `"${token.text}" is not an option that can be set here` };
    const before = out.get(topic);
    if (before === option) return { problem: `"${option}" is there twice` };
    if (before !== undefined) return { problem: `"${before}" and "${option}" contradict each other` };
    out.set(topic, option);
  }
  return { sql: [...(out.has("LOGIN") ? [] : ["LOGIN"]), ...out.values()].join(" ") };
}
