/** What the routes are given: everything they use is here, nothing is global. */
import type { DatabaseSync } from "node:sqlite";
import type { Client } from "@keelson/kube";
import type { Accounts } from "./auth/accounts.ts";
import type { Attempts } from "./auth/attempts.ts";
import type { Sessions } from "./auth/sessions.ts";
import type { Fleet } from "./fleet/fleet.ts";
import type { StreamHub } from "./stream/hub.ts";

export interface Parts {
  readonly version: string;
  readonly portalDirectory: string;
  readonly store: DatabaseSync;
  readonly client: Client;
  readonly fleet: Fleet;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly attempts: Attempts;
  readonly cliToken: string;
  readonly hub: StreamHub;
  readonly now: () => Date;
}
