import { spawn } from "node:child_process";
import type { Connection } from "@keelson/server/api";
import { connectionString, preferredTarget } from "../connection-string.ts";
import { databaseCommand } from "../database-command.ts";
import { databasePath, localServer } from "../local-server.ts";

/** `keelson db connect NAME`: opens psql, the password in its environment and never among its arguments. */
export async function connect(
  name: string,
  options: { readonly data: string; readonly namespace: string; readonly print?: boolean },
): Promise<void> {
  const server = await localServer(options.data);
  const connection = await server.call<Connection>(
    "GET",
    `${databasePath(options.namespace, name)}/connection?reveal=true`,
  );
  if (options.print === true) {
    process.stdout.write(`${connectionString(connection)}\n`);
    return;
  }
  const target = preferredTarget(connection);
  const child = spawn("psql", [], {
    stdio: "inherit",
    env: {
      ...process.env,
      PGHOST: target.host,
      PGPORT: String(target.port),
      PGUSER: target.user,
      PGDATABASE: target.database,
      PGPASSWORD: target.password,
      PGSSLMODE: "require",
    },
  });
  child.on("error", (error: NodeJS.ErrnoException) => {
    const reason =
      error.code === "ENOENT" ? "psql is not installed (apt-get install postgresql-client)" : error.message;
    process.stderr.write(
      `keelson: ${reason}; '${databaseCommand("connect", name, options)} --print' prints the connection string.\n`,
    );
    process.exitCode = 1;
  });
  // psql handles Ctrl-C itself: it cancels the query.
  process.on("SIGINT", () => {});
  child.on("exit", (code) => {
    process.exitCode = code ?? 1;
  });
}
