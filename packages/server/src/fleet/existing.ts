/** Looks a database up, or answers that there is none. */
import type { DatabaseDetail } from "../api/views.ts";
import { ProblemError } from "../http/problem-error.ts";
import { type DatabaseKey, type Fleet, textOf } from "./fleet.ts";

/** The database of that name. */
export function existing(fleet: Fleet, key: DatabaseKey): DatabaseDetail {
  const database = fleet.database(key);
  if (database === undefined) throw noDatabase(key);
  return database;
}

export function noDatabase(key: DatabaseKey): ProblemError {
  return new ProblemError("NotFound", `There is no database ${textOf(key)}.`, {
    remedy: "The list of databases says what there is.",
  });
}
