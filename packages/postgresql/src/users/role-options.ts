/** Options of a role as the user wrote them (`CREATEDB CONNECTION LIMIT 5`), taken apart and put together again from known words only. */

const FLAGS = new Set(
  ["SUPERUSER", "CREATEDB", "CREATEROLE", "INHERIT", "LOGIN", "REPLICATION", "BYPASSRLS"].flatMap((word) => [
    word,
    `NO${word}`,
  ]),
);

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

/** Passwords are left out (the Secret has them), comments too; anything unknown is a problem, not SQL. */
export function roleOptions(text: string): RoleOptions {
  const list = tokens(text);
  const out: string[] = [];
  for (let i = 0; i < list.length; i++) {
    const [token, second, third] = [list[i], list[i + 1], list[i + 2]];
    if (token?.kind !== "word") return { problem: `"${token?.text ?? ""}" is not an option of a role` };
    if (FLAGS.has(token.text)) {
      out.push(token.text);
    } else if (token.text === "CONNECTION" && second?.text === "LIMIT" && third?.kind === "number") {
      out.push(`CONNECTION LIMIT ${third.text}`);
      i += 2;
    } else if (token.text === "VALID" && second?.text === "UNTIL" && third?.kind === "string") {
      out.push(`VALID UNTIL ${third.text}`);
      i += 2;
    } else if (token.text === "PASSWORD" && (second?.kind === "string" || second?.text === "NULL")) {
      i += 1;
    } else if (token.text === "ENCRYPTED" && second?.text === "PASSWORD") {
      // its PASSWORD follows
    } else {
      return { problem: `"${token.text}" is not an option that can be set here` };
    }
  }
  return { sql: out.join(" ") };
}
