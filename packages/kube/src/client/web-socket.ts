/** Opens WebSockets to the API server. The library is loaded at the first use: most programs never run exec. */
import * as net from "node:net";
import * as tls from "node:tls";
import type { ClientOptions, WebSocket } from "ws";
import type { TlsMaterial } from "../credentials/load.ts";
import { ApiError, ConnectionError } from "./api-error.ts";

export interface WebSocketTarget {
  readonly url: string;
  readonly tls: TlsMaterial;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly socketPath?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const handshakeTimeoutMs = 30_000;

/** Resolves when the socket is open, and paused: `resume()` it when the handlers are in place. */
export async function openWebSocket(target: WebSocketTarget): Promise<WebSocket> {
  const { url, headers, protocols, socketPath, signal } = target;
  signal?.throwIfAborted();
  const { WebSocket } = await import("ws");
  const address = new URL(url);
  const secure = address.protocol === "https:";
  address.protocol = secure ? "wss:" : "ws:";
  const options: ClientOptions = {
    headers: { ...headers, "user-agent": "keelson" },
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    ca: target.tls.ca,
    cert: target.tls.cert,
    key: target.tls.key,
    rejectUnauthorized: target.tls.rejectUnauthorized ?? true,
    ...(target.tls.servername === undefined ? {} : { servername: target.tls.servername }),
    ...(socketPath === undefined ? {} : { createConnection: overUnixSocket(socketPath, secure, address.hostname) }),
  };
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, [...protocols], options);
    const onAbort = () => {
      socket.terminate();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    const settled = () => signal?.removeEventListener("abort", onAbort);
    socket.once("open", () => {
      settled();
      // What the server says at once must wait for who listens to it.
      socket.pause();
      resolve(socket);
    });
    socket.once("unexpected-response", (_request, response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        if (body.length < 65_536) body += chunk;
      });
      response.on("end", () => {
        settled();
        const { statusCode = 500 } = response;
        reject(ApiError.fromBody(statusCode, body, response.headers["retry-after"], `WebSocket ${address.pathname}`));
        socket.terminate();
      });
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      settled();
      const code = error.code ?? "UNKNOWN";
      const message = `WebSocket ${address.host}${address.pathname}: ${error.message}`;
      reject(new ConnectionError(message, { code, unsent: code === "ECONNREFUSED", cause: error }));
    });
  });
}

/** The library leaves TLS out when it connects to a unix socket; the API server speaks TLS on its socket, too. */
function overUnixSocket(path: string, secure: boolean, host: string): NonNullable<ClientOptions["createConnection"]> {
  return ((options: tls.ConnectionOptions) => {
    if (!secure) return net.connect({ path });
    return tls.connect({ ...options, path, servername: options.servername ?? (net.isIP(host) === 0 ? host : "") });
  }) as NonNullable<ClientOptions["createConnection"]>;
}
