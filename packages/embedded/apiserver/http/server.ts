/** The listeners and the path of a request: parse, authenticate, authorise, dispatch. One bad request never ends the process. */
import { type IncomingMessage, type RequestListener, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { attributesOf } from "../auth/attributes.ts";
import { anonymous } from "../auth/authenticate.ts";
import { impersonate } from "../auth/impersonation.ts";
import { requireAllowed } from "../auth/require-allowed.ts";
import { StatusError, unauthorized } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { User } from "../types.ts";
import { parseRequest, type RequestInfo } from "./request-info.ts";
import { type Exchange, sendError } from "./respond.ts";

export interface TlsFiles {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  /** Signs client certificates. */
  readonly ca: string | Buffer;
}

/** A request that is allowed, for whoever answers it. */
export interface Allowed {
  readonly exchange: Exchange;
  readonly info: RequestInfo;
  readonly user: User;
  /** The socket and first bytes, when the client asks for another protocol (exec, port-forward). */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;
}

export type Dispatch = (allowed: Allowed) => Promise<void>;

/** Paths that need no credentials. */
const openPaths = new Set(["/healthz", "/livez", "/readyz", "/version"]);

function isOpen(path: string): boolean {
  return openPaths.has(path) || path === "/version/" || /^\/(livez|readyz|healthz)\//.test(path);
}

/** Milliseconds that a client may take to say what it wants, headers and body; answers (watches, logs) take as long as they take. */
const limits = { handshakeTimeout: 15_000, headersTimeout: 20_000, requestTimeout: 300_000 };

/** A watch is a connection, and a program has some thirty of them. */
const maxConnections = 4_000;

/** Answers requests as they come from a server's socket. */
export function requestListener(platform: Platform, dispatch: Dispatch): RequestListener {
  return (request, response) => void answer(platform, dispatch, request, response, undefined);
}

/** A TLS server; the caller makes it listen, on a port or a unix socket. */
export function createListener(platform: Platform, tls: TlsFiles, dispatch: Dispatch): Server {
  const server = createServer(
    {
      ...tls,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ["http/1.1"],
      minVersion: "TLSv1.2",
      noDelay: true,
      keepAlive: true,
      keepAliveTimeout: 120_000,
      ...limits,
    },
    requestListener(platform, dispatch),
  );
  server.maxConnections = maxConnections;
  server.on("upgrade", (request, socket, head) => {
    void answer(platform, dispatch, request, undefined, { socket, head });
  });
  server.on("tlsClientError", () => {});
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  server.maxRequestsPerSocket = 0;
  return server;
}

async function answer(
  platform: Platform,
  dispatch: Dispatch,
  request: IncomingMessage,
  given: ServerResponse | undefined,
  upgrade: Allowed["upgrade"],
): Promise<void> {
  const response = given ?? responseFor(request, upgrade);
  const exchange: Exchange = { request, response, warnings: [] };
  response.on("error", () => {});
  upgrade?.socket.on("error", () => {});
  try {
    const info = parseRequest(request.method ?? "GET", request.url ?? "/");
    const authenticated = await platform.authenticator.authenticate(request);
    const user = impersonate(request, authenticated, platform.authorizer);
    authorize(platform, info, user);
    await dispatch({ exchange, info, user, upgrade });
  } catch (error) {
    const isExpected = error instanceof StatusError;
    if (!isExpected) platform.log.error({ err: error, method: request.method, path: request.url }, "request failed");
    sendError(exchange, error);
  }
}

/** An upgrade that is refused, or answered as plain HTTP, needs a response on the raw socket. */
function responseFor(request: IncomingMessage, upgrade: Allowed["upgrade"]): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  const socket = upgrade?.socket;
  if (socket instanceof Socket) {
    response.assignSocket(socket);
    response.once("finish", () => {
      response.detachSocket(socket);
      socket.end();
    });
  }
  return response;
}

function authorize(platform: Platform, info: RequestInfo, user: User): void {
  if (isOpen(info.path)) return;
  if (user === anonymous) throw unauthorized();
  requireAllowed(platform.authorizer, attributesOf(info, user));
}
