/** Hands a request on to another server and its answer back, bytes of an upgraded connection included. */
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import { serviceUnavailable } from "../errors.ts";
import { sendError } from "../http/respond.ts";
import type { Allowed } from "../http/server.ts";

const tokenProtocol = "base64url.bearer.authorization.k8s.io.";
const notForwarded = new Set([
  "host",
  "authorization",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "proxy-authorization",
]);

/** The client's headers without what is meant for this server alone. */
export function forwardedHeaders(headers: IncomingHttpHeaders, isUpgrade: boolean): OutgoingHttpHeaders {
  const forwarded: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (notForwarded.has(name) || name.startsWith("impersonate-") || value === undefined) continue;
    if (!isUpgrade && (name === "connection" || name === "upgrade")) continue;
    forwarded[name] = value;
  }
  const protocols = headers["sec-websocket-protocol"];
  if (protocols !== undefined) {
    const kept = protocols.split(",").filter((p) => !p.trim().startsWith(tokenProtocol));
    forwarded["sec-websocket-protocol"] = kept.join(",");
  }
  return forwarded;
}

/** Sends the client's body (or upgraded bytes) to `target` and what comes back to the client. Settles when the answer is over. */
export function passThrough({ exchange, upgrade }: Allowed, target: ClientRequest): Promise<void> {
  const { request, response } = exchange;
  return new Promise((resolve) => {
    const fail = (error: Error): void => {
      if (upgrade === undefined || !upgrade.socket.destroyed)
        sendError(exchange, serviceUnavailable(`error dialing backend: ${error.message}`));
      resolve();
    };
    target.once("error", fail);
    target.once("upgrade", (answer: IncomingMessage, socket: Socket, head: Buffer) => {
      target.off("error", fail);
      if (upgrade === undefined) {
        socket.destroy();
        fail(new Error("unexpected change of protocol"));
        return;
      }
      response.detachSocket?.(upgrade.socket as Socket);
      upgrade.socket.write(headOf(answer));
      if (head.length > 0) upgrade.socket.write(head);
      if (upgrade.head.length > 0) socket.write(upgrade.head);
      join(upgrade.socket, socket, resolve);
    });
    target.once("response", (answer) => {
      target.off("error", fail);
      response.writeHead(answer.statusCode ?? 502, withoutHopHeaders(answer.headers));
      response.flushHeaders();
      pipeline(answer, response, () => resolve());
    });
    response.once("close", () => target.destroy());
    if (upgrade === undefined && request.method !== "GET" && request.method !== "HEAD")
      pipeline(request, target, () => {});
    else target.end();
  });
}

function withoutHopHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { connection: _c, "keep-alive": _k, "transfer-encoding": _t, ...rest } = headers;
  return rest;
}

function headOf(answer: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`];
  for (let i = 0; i < answer.rawHeaders.length; i += 2)
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Two sockets as one connection: either end closes both. */
function join(client: Duplex, backend: Socket, done: () => void): void {
  if (client instanceof Socket) client.setNoDelay(true);
  backend.setNoDelay(true);
  client.pipe(backend);
  backend.pipe(client);
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    client.destroy();
    backend.destroy();
    done();
  };
  for (const socket of [client, backend]) {
    socket.once("close", end);
    socket.on("error", end);
  }
}
