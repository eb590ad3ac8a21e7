/** What cannot be done in the present state of a database. */
import type { DatabaseDetail } from "../api/views.ts";
import { textOf } from "../fleet/fleet.ts";
import { ProblemError } from "../http/problem-error.ts";

/** Throws a Conflict that says why the database cannot `verb` while it is in one of the phases. */
export function refuseWhile(database: DatabaseDetail, phases: readonly string[], verb: string): void {
  if (!phases.includes(database.phase)) return;
  throw new ProblemError("Conflict", `${textOf(database)} cannot ${verb} now: ${database.headline.toLowerCase()}.`, {
    remedy:
      database.phase === "paused"
        ? "Resume it first."
        : database.phase === "deleting"
          ? "It is going away."
          : "Wait until that is done.",
  });
}
