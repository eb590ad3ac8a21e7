/** The real transport: undici with keep-alive; answers that go on for long get connections of their own. */

import type { WebSocket } from "ws";
import type { Credentials, TlsMaterial } from "../credentials/load.ts";
import { ConnectionError } from "./api-error.ts";
import type { Query } from "./options.ts";
import { queryString, type Transport, type TransportRequest, type TransportResponse } from "./transport.ts";
import { Pool } from "./undici-pool.ts";
import { openWebSocket } from "./web-socket.ts";

/** Requests at a time: the client's own limit on its load. */
const maxConnections = 16;
const unsentCodes = new Set([
  "ECONNREFUSED",
  "ENOENT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);

interface Pools {
  readonly tls: TlsMaterial;
  readonly requests: Pool;
  readonly streams: Pool;
}

/** Requests over kept connections, with the credentials as they are at the time. */
export class HttpTransport implements Transport {
  readonly server: string;
  readonly #credentials: Credentials;
  readonly #prefix: string;
  #pools: Pools | undefined;
  #closed = false;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
    this.server = credentials.server;
    this.#prefix = new URL(credentials.server).pathname.replace(/\/$/, "");
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const first = await this.#once(request, false);
    if (first.status !== 401) return first;
    // A token may have been rotated under us: read it again, once.
    first.body.resume();
    return this.#once(request, true);
  }

  async webSocket(path: string, query: Query, protocols: readonly string[], signal?: AbortSignal): Promise<WebSocket> {
    const [tls, headers] = await Promise.all([this.#credentials.tls(), this.#credentials.headers()]);
    const url = `${this.server}${path}${queryString(query)}`;
    return openWebSocket({ url, tls, headers, protocols, socketPath: this.#credentials.socketPath, signal });
  }

  async close(): Promise<void> {
    const pools = this.#pools;
    this.#pools = undefined;
    this.#closed = true;
    await Promise.all([pools?.requests.destroy(), pools?.streams.destroy()]);
  }

  async #once(request: TransportRequest, refused: boolean): Promise<TransportResponse> {
    const [pools, authorization] = await Promise.all([this.#current(), this.#credentials.headers(refused)]);
    const { method, path, query, body, signal, streaming, idleTimeoutMs } = request;
    const pool = streaming ? pools.streams : pools.requests;
    try {
      const {
        statusCode,
        headers,
        body: answer,
      } = await pool.request({
        method: method as "GET",
        path: `${this.#prefix}${path}${queryString(query)}`,
        headers: { ...authorization, ...request.headers, "user-agent": "keelson" },
        body: body ?? null,
        ...(signal === undefined ? {} : { signal }),
        headersTimeout: 60_000,
        bodyTimeout: streaming ? (idleTimeoutMs ?? 0) : 60_000,
      });
      return { status: statusCode, headers, body: answer };
    } catch (error) {
      signal?.throwIfAborted();
      throw toConnectionError(error);
    }
  }

  async #current(): Promise<Pools> {
    const tls = await this.#credentials.tls();
    if (this.#closed) throw new ConnectionError("the client is closed", { code: "CLOSED", unsent: true });
    if (this.#pools?.tls === tls) return this.#pools;
    const old = this.#pools;
    const connect = {
      ...defined(tls),
      ...defined({ socketPath: this.#credentials.socketPath }),
      keepAliveInitialDelay: 15_000,
      timeout: 10_000,
    };
    const { origin } = new URL(this.server);
    // HTTP/1.1 only: the HTTP/2 session of Node 24 was seen writing without an end, against kube-apiserver as many watches ended. That
    // holds the process in native code and fills its memory.
    const common = { connect, allowH2: false };
    this.#pools = {
      tls,
      requests: new Pool(origin, { ...common, connections: maxConnections, keepAliveTimeout: 20_000 }),
      streams: new Pool(origin, { ...common, connections: null, keepAliveTimeout: 1_000 }),
    };
    // Requests under way on the old connections finish in their own time.
    if (old !== undefined) for (const pool of [old.requests, old.streams]) pool.close().catch(() => undefined);
    return this.#pools;
  }
}

function toConnectionError(error: unknown): ConnectionError {
  const code = errorCode(error);
  const message = error instanceof Error && error.message !== "" ? error.message : code;
  return new ConnectionError(message, { code, unsent: unsentCodes.has(code), cause: error });
}

function errorCode(error: unknown): string {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: unknown[] };
  if (typeof code === "string") return code;
  return errors?.[0] === undefined ? "UNKNOWN" : errorCode(errors[0]);
}

/** undici tells a missing option from an undefined one. */
function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}
