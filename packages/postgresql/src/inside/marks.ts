/** What the work inside the pods leaves behind: notes of what was done, and what could not be. */
import { appliedMarks, type View } from "../cluster/view.ts";
import { type Problem, problem } from "../reasons.ts";
import { knownMarks } from "./init-sql-record.ts";

/** Refusals that were noted, as problems of the specification. */
export function insideProblems(view: View): Problem[] {
  const marks = knownMarks(view);
  const found: Problem[] = [];
  const add = (topic: string, make: (text: string) => Problem): void => {
    const text = marks[`${topic}Error`];
    if (text !== undefined) found.push(make(text));
  };
  add("parameters", (text) =>
    problem(
      "ParameterRefused",
      "spec.patroni.dynamicConfiguration.postgresql.parameters",
      `PostgreSQL refuses: ${text}. The parameters in use stay until this is corrected.`,
    ),
  );
  add("users", (text) => {
    const [, field = "spec.users", words = text] = /^(spec\.users\[[^\]]+\]\.options) (.*)$/s.exec(text) ?? [];
    return problem("InvalidUser", field, words);
  });
  add("initSql", (text) => problem("InitSqlFailed", "spec.databaseInitSQL", text));
  add("stanza", (text) => problem("RepositoryOfAnotherCluster", "spec.backups.pgbackrest.repos", text));
  return found;
}

/** The field that a topic of work comes from. */
const FIELDS: Readonly<Record<string, string>> = {
  databases: "spec.users",
  users: "spec.users",
  pooler: "spec.proxy.pgBouncer",
  extensions: "spec.extensions",
  initSql: "spec.databaseInitSQL",
  stanza: "spec.backups.pgbackrest.repos",
  parameters: "spec.patroni.dynamicConfiguration",
};

export const FAILED = "Failed";

/** Work that fails and is tried again, a sentence each: the field, and what came back. */
export function insideFailures(view: View): string[] {
  return Object.entries(appliedMarks(view.cr)).flatMap(([name, text]) => {
    if (!name.endsWith(FAILED)) return [];
    const topic = name.slice(0, -FAILED.length);
    return [`${FIELDS[topic] ?? topic}: ${text}`];
  });
}
