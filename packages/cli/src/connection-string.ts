import type { Connection } from "@keelson/server/api";
import { Failure } from "./failure.ts";

/** Where and as whom to connect from this machine. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
  /** All of it in one line for libpq clients. */
  readonly uri: string;
}

/** The address outside the cluster that a person wants first: the primary, else a pooler. Needs a revealed connection. */
export function preferredTarget(connection: Connection): Target {
  const reachable = ["primary", "pooler"].flatMap((id) =>
    connection.endpoints.filter((endpoint) => endpoint.id === id),
  );
  const endpoint = reachable.find((candidate) => candidate.external !== undefined);
  if (endpoint?.external === undefined) {
    throw new Failure(
      "this database is not reachable from outside the Kubernetes cluster: create it with --expose, or use 'kubectl port-forward'.",
    );
  }
  const user = connection.users.find(
    (candidate) => candidate.password !== undefined && candidate.database !== undefined,
  );
  const uri = user?.uris[`${endpoint.id}-external`];
  if (user?.password === undefined || user.database === undefined || uri === undefined) {
    throw new Failure("this database has no user with a database yet: wait until it is ready.");
  }
  return { ...endpoint.external, user: user.user, database: user.database, password: user.password, uri };
}

/** The connection URI of that address, as the server wrote it. */
export function connectionString(connection: Connection): string {
  return preferredTarget(connection).uri;
}
