/** Opens WebSockets to the API server. The library is loaded at the first use: most programs never run exec. */
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

/** Resolves when the socket is open. */
export async function openWebSocket(target: WebSocketTarget): Promise<WebSocket> {
  const { url, tls, headers, protocols, socketPath, signal } = target;
  signal?.throwIfAborted();
  const { WebSocket } = await import("ws");
  const address = new URL(url);
  // With an address `ws+unix:PATH:REQUEST` the library speaks plain HTTP: the socket is made here, so that TLS stays.
  const secure = address.protocol === "https:";
  address.protocol = secure ? "wss:" : "ws:";
  const options: ClientOptions = {
    headers: { ...headers, "user-agent": "keelson" },
    handshakeTimeout: handshakeTimeoutMs,
    perMessageDeflate: false,
    ca: tls.ca,
    cert: tls.cert,
    key: tls.key,
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    ...(socketPath === undefined ? {} : { socketPath }),
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
