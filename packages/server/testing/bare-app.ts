/** The whole HTTP side of the server in memory, over a Kubernetes that holds no database: for tests of what happens before any is read. */
import type { FastifyInstance, FastifyServerOptions } from "fastify";
import { Accounts } from "../src/auth/accounts.ts";
import { Attempts } from "../src/auth/attempts.ts";
import { Sessions } from "../src/auth/sessions.ts";
import { createApp } from "../src/http/app.ts";
import type { Parts } from "../src/parts.ts";
import { openStore } from "../src/store.ts";
import { StreamHub } from "../src/stream/hub.ts";

/** The app, which the test closes, and the parts that it uses. */
export async function bareApp(
  overrides: Partial<Parts> = {},
  logger?: FastifyServerOptions["loggerInstance"],
): Promise<{ app: FastifyInstance; parts: Parts }> {
  const store = openStore(":memory:");
  const fleet = {
    unread: () => [],
    observe: () => undefined,
    database: () => undefined,
    databases: () => [],
    problems: () => [],
  };
  const parts: Parts = {
    version: "0",
    portalDirectory: "/nonexistent",
    store,
    client: undefined as never,
    fleet: fleet as never,
    accounts: await Accounts.open(store, ":memory:"),
    sessions: new Sessions(store),
    attempts: new Attempts(),
    cliToken: "t".repeat(43),
    hub: new StreamHub(),
    now: () => new Date(),
    ...overrides,
  };
  return { app: await createApp(parts, logger), parts };
}
