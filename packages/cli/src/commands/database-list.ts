import type { Database } from "@keelson/server/api";
import { localServer } from "../local-server.ts";
import { table } from "../table.ts";

/** `keelson db list`. */
export async function list(options: { readonly data: string; readonly output: string }): Promise<void> {
  const { items } = await (await localServer(options.data)).call<{ items: Database[] }>("GET", "/databases");
  process.stdout.write(options.output === "json" ? `${JSON.stringify(items, undefined, 2)}\n` : databaseTable(items));
}

/** How a database is, and what it waits for or what is wrong. */
function standing({ headline, problem, waitingFor = problem }: Database): string {
  return waitingFor === undefined ? headline : `${headline} (${waitingFor})`;
}

/** The databases as a table for people. */
export function databaseTable(items: readonly Database[]): string {
  if (items.length === 0) return "No databases. Create one with './keelson db create NAME'.\n";
  return table(
    ["NAMESPACE", "NAME", "VERSION", "INSTANCES", "POOLERS", "STATE"],
    items.map((item) => [
      item.namespace,
      item.name,
      `PostgreSQL ${item.version}`,
      `${item.instances.ready}/${item.instances.wanted}`,
      `${item.poolers.ready}/${item.poolers.wanted}`,
      standing(item),
    ]),
  );
}
