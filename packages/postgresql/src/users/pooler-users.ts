/** Users that the pooler knows by `usersSecret` instead of looking them up in the database. */
import type { PgCluster } from "../cluster/model.ts";
import { POOLER_USER } from "../ha/dynamic-config.ts";
import { POOLER_ADMIN } from "../pooler/pgbouncer-ini.ts";
import { type Problem, problem } from "../reasons.ts";

type Texts = Readonly<Record<string, string>>;

const FIELD = "spec.proxy.pgBouncer.usersSecret";
const OWN: ReadonlySet<string> = new Set([POOLER_USER, POOLER_ADMIN]);
const LINE = /^"((?:[^"]|"")*)" "((?:[^"]|"")*)"$/gm;

/** The users of the pooler's file as it is now, without the operator's own. */
function usersInFile(file: string | undefined): Texts {
  const plain = (text = ""): string => text.replaceAll('""', '"');
  const all = [...(file ?? "").matchAll(LINE)].map(([, user, password]) => [plain(user), plain(password)] as const);
  return Object.fromEntries(all.filter(([user]) => !OWN.has(user)));
}

/** Password by user. While the Secret is missing, those that could log in until now still can. */
export function poolerUsers(
  c: PgCluster,
  texts: Texts | undefined,
  file: string | undefined,
  problems: Problem[],
): Texts {
  const name = c.pooler?.usersSecret;
  if (name === undefined) return {};
  if (texts === undefined) {
    const text = `Secret ${name} does not exist. Create it with a key for each user and the password as value; users of the pooler stay as they are until then.`;
    problems.push(problem("SecretNotFound", FIELD, text));
    return usersInFile(file);
  }
  const usable = Object.entries(texts).filter(([user, password]) => {
    const bad = user.startsWith("_crunchy")
      ? "is a name of the operator's"
      : /[\n\r]/.test(password)
        ? "has a line break in its password"
        : undefined;
    if (bad === undefined) return true;
    const text = `Secret ${name}: user ${user} ${bad}. Remove or correct this key.`;
    problems.push(problem("SecretInvalid", FIELD, text));
    return false;
  });
  return Object.fromEntries(usable);
}
