/** What the work inside the pods leaves behind: notes of what was done, and what could not be. */
import { appliedMarks, type View } from "../cluster/view.ts";
import { type Problem, problem } from "../reasons.ts";

/** Topics of work, each with the hash of what was done last. A topic that ends in `Error` holds a sentence instead. */
export type Topic = "pooler" | "databases" | "users" | "extensions" | "initSql" | "stanza" | "parameters";

/** Refusals that were noted, as problems of the specification. */
export function insideProblems(view: View): Problem[] {
  const marks = appliedMarks(view.cr);
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
  add("users", (text) => problem("InvalidUser", "spec.users", text));
  add("extensions", (text) => problem("InvalidParameter", "spec.extensions", text));
  add("initSql", (text) => problem("SecretInvalid", "spec.databaseInitSQL", text));
  add("stanza", (text) => problem("RepositoryOfAnotherCluster", "spec.backups.pgbackrest.repos", text));
  return found;
}
