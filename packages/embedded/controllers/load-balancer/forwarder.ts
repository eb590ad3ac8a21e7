/** One listening port of this machine whose connections are relayed into the cluster. */
import { createServer, type Server, type Socket } from "node:net";
import { listen, relayBytes } from "../../machine/sockets.ts";
import { openRelay, type RelayTarget } from "./relay.ts";

/** What a forwarder listens on, where it leads, and by which nodes. */
export interface ForwarderOptions {
  readonly ip: string;
  readonly port: number;
  readonly target: RelayTarget;
  /** Relay sockets to try, best first; asked for each connection, so nodes may come and go. */
  readonly sockets: () => readonly string[];
  /** Told why a connection could not be made. */
  readonly onFailure: (error: unknown) => void;
}

export class Forwarder {
  readonly #o: ForwarderOptions;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(options: ForwarderOptions) {
    this.#o = options;
    this.#server = createServer(
      { allowHalfOpen: true, pauseOnConnect: true, noDelay: true, keepAlive: true },
      (client) => {
        void this.#relay(client);
      },
    );
  }

  /** Starts to listen. Rejects with the system's error (`EADDRINUSE`, `EACCES`) when that cannot be. */
  static async listen(options: ForwarderOptions): Promise<Forwarder> {
    const forwarder = new Forwarder(options);
    await listen(forwarder.#server, { host: options.ip, port: options.port }, options.onFailure);
    return forwarder;
  }

  /** The port it listens on (the system's choice when 0 was asked for). */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : this.#o.port;
  }

  /** Number of connections that are open now. */
  get connections(): number {
    return this.#open.size;
  }

  /** Stops listening and ends what is open. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#open) client.resetAndDestroy();
    await closed;
  }

  async #relay(client: Socket): Promise<void> {
    this.#open.add(client);
    client.once("close", () => this.#open.delete(client));
    client.on("error", () => client.destroy());
    try {
      const inside = await openRelay(this.#o.sockets(), this.#o.target);
      if (client.destroyed) {
        inside.destroy();
        return;
      }
      relayBytes(client, inside);
    } catch (error) {
      this.#o.onFailure(error);
      // A reset, not a polite end: the client sees that nobody was there, as it would without us.
      client.resetAndDestroy();
    }
  }
}
