import type { Database } from "@keelson/server/api";
import { dataOption } from "../data-option.ts";
import { localServer } from "../local-server.ts";
import { table } from "../table.ts";

/** `keelson db list`. */
export async function list(options: { readonly data: string; readonly output: string }): Promise<void> {
  const { items } = await (await localServer(options.data)).call<{ items: Database[] }>("GET", "/databases");
  process.stdout.write(
    options.output === "json" ? `${JSON.stringify(items, undefined, 2)}\n` : databaseTable(items, options.data),
  );
}

/** How a database is, and what it waits for or what is wrong. */
function standing({ headline, problem, waitingFor = problem }: Database): string {
  return waitingFor === undefined ? headline : `${headline} (${waitingFor})`;
}

/** The databases of the cluster in `data` as a table for people. */
export function databaseTable(items: readonly Database[], data: string): string {
  if (items.length === 0) return `No databases. Create one with './keelson db create NAME${dataOption(data)}'.\n`;
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
