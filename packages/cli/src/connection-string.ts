import type { Connection } from "@keelson/server/api";
import { Failure } from "./failure.ts";

/** Where and as whom to connect from this machine. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string;
}

/** The address outside the cluster that a person wants first: the primary, else a pooler. Needs a revealed connection. */
export function preferredTarget(connection: Connection): Target {
  const reachable = ["primary", "pooler"].flatMap((id) =>
    connection.endpoints.filter((endpoint) => endpoint.id === id),
  );
  const external = reachable.find((endpoint) => endpoint.external !== undefined)?.external;
  if (external === undefined) {
    throw new Failure(
      "this database is not reachable from outside the Kubernetes cluster: create it with --expose, or use 'kubectl port-forward'.",
    );
  }
  const user = connection.users.find(
    (candidate) => candidate.password !== undefined && candidate.database !== undefined,
  );
  if (user?.password === undefined || user.database === undefined) {
    throw new Failure("this database has no user with a database yet: wait until it is ready.");
  }
  return { ...external, user: user.user, database: user.database, password: user.password };
}

/** A connection URI for libpq clients (PostgreSQL manual, 34.1.1.2). */
export function connectionString(connection: Connection): string {
  const { host, port, user, database, password } = preferredTarget(connection);
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}?sslmode=require`;
}
