/** The running server: informers, stream and HTTP together, with an orderly start and end. */
import { fileURLToPath } from "node:url";
import { Cache, type Client, type Logger } from "@keelson/kube";
import { Accounts } from "./auth/accounts.ts";
import { Attempts } from "./auth/attempts.ts";
import { cliToken } from "./auth/cli-token.ts";
import { Sessions } from "./auth/sessions.ts";
import { announce } from "./fleet/announcer.ts";
import { Fleet } from "./fleet/fleet.ts";
import { createApp } from "./http/app.ts";
import { openStore } from "./store.ts";
import { StreamHub } from "./stream/hub.ts";

export interface ServerOptions {
  readonly client: Client;
  /** Where the server keeps its own state; made when missing. */
  readonly directory: string;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly logger: Logger;
  /** The portal's built files. Default: packages/portal/dist of this checkout. */
  readonly portalDirectory?: string;
  readonly now?: () => Date;
}

export interface RunningServer {
  readonly url: string;
  /** Resolves when the informers are complete for the first time. */
  readonly synced: Promise<void>;
  stop(): Promise<void>;
}

/** Requests that are being answered have this long to end when the server stops; the supervisor gives it 5 s in all. */
const LINGER_MS = 2_000;

export const VERSION = "0.1.0";
const builtPortal = fileURLToPath(new URL("../../portal/dist", import.meta.url));

/** Starts to listen at once, so that the portal can say what it waits for, and to read Kubernetes beside. Until all is read, what needs it is refused. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { client, directory, logger, now = () => new Date() } = options;
  const stopping = new AbortController();
  const store = openStore(directory);
  const cache = new Cache({ client, logger });
  const fleet = new Fleet(cache);
  const hub = new StreamHub();
  const sessions = new Sessions(store, () => now().getTime());
  sessions.onEnd((tokenHash) => hub.end(tokenHash));
  const app = await createApp(
    {
      version: VERSION,
      portalDirectory: options.portalDirectory ?? builtPortal,
      store,
      client,
      fleet,
      accounts: await Accounts.open(store, directory),
      sessions,
      attempts: new Attempts(() => now().getTime()),
      cliToken: cliToken(directory),
      hub,
      now,
    },
    logger,
  );
  const url = await app.listen({ host: options.host, port: options.port });
  cache.start(stopping.signal);
  const synced = cache.synced(stopping.signal);
  synced.catch(() => undefined);
  fleet.synced(stopping.signal).then(
    () => announce(fleet, hub, stopping.signal),
    () => undefined,
  );
  return {
    url,
    synced,
    stop: async () => {
      stopping.abort();
      hub.end();
      // Logs that are followed go on until they are cut.
      const cut = setTimeout(() => app.server.closeAllConnections(), LINGER_MS);
      await app.close();
      clearTimeout(cut);
      store.close();
      await client.close();
    },
  };
}
