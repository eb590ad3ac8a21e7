/** exec, attach and port-forward: requests that turn into streams, by WebSocket or SPDY. */

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import { podPaths } from "../pods/container-config.ts";
import type { PodWorker } from "../pods/worker.ts";
import { attachClient } from "./attach.ts";
import { execForClient } from "./exec.ts";
import { dialPod, type PodConnection, serveChannelPortForward, servePortForward } from "./port-forward.ts";
import { KubeletError, type KubeletOptions } from "./server.ts";
import { type Outcome, type StreamRequest, type StreamSession, streamRequest } from "./session.ts";
import { SPDY_EXEC_PROTOCOLS, spdySession } from "./spdy-session.ts";
import { EXEC_SUBPROTOCOLS, webSocketSession } from "./websocket-session.ts";

const TUNNEL_SUBPROTOCOL = "SPDY/3.1+portforward.k8s.io";
const PORT_FORWARD_SUBPROTOCOLS = [
  TUNNEL_SUBPROTOCOL,
  "v4.channel.k8s.io",
  "v5.channel.k8s.io",
  "portforward.k8s.io",
] as const;
const SPDY_PORT_FORWARD = "portforward.k8s.io";
/** Keeps idle connections open through whatever lies between. */
const WS_PING_MS = 30_000;

/** Takes over the socket. Throws KubeletError before the upgrade when the request cannot be served. */
export async function handleUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: KubeletOptions,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://kubelet");
  const [, what, namespace = "", pod = "", ...rest] = url.pathname.split("/").map(decodeURIComponent);
  const worker = options.manager.find(namespace, pod);
  if (worker === undefined) throw new KubeletError(404, `pod "${pod}" is not found on this node`);
  // Some paths carry the pod's uid before the container's name.
  const name = rest.at(-1) ?? "";
  const upgrade: Upgrade = { request, socket, head };
  if (what === "exec" || what === "attach") {
    const wanted = streamRequest(url.searchParams);
    const serve =
      what === "exec" ? prepareExec(worker, name, wanted, options) : prepareAttach(worker, name, wanted, options);
    return serveSession(upgrade, wanted, serve);
  }
  if (what === "portForward") return servePorts(upgrade, worker, url.searchParams, options);
  throw new KubeletError(404, `no such path: ${url.pathname}`);
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

type Serve = (session: StreamSession) => Promise<Outcome>;

function prepareExec(worker: PodWorker, name: string, wanted: StreamRequest, { runtime }: KubeletOptions): Serve {
  const container = runningContainer(worker, name);
  if (wanted.command.length === 0)
    throw new KubeletError(400, "you must specify at least one command for the container");
  return (session) => execForClient(runtime, container, wanted, session);
}

function prepareAttach(
  worker: PodWorker,
  name: string,
  wanted: StreamRequest,
  { runtime, folders }: KubeletOptions,
): Serve {
  const { id, spec } = runningContainer(worker, name);
  const container = worker.state.containers[name];
  const target = {
    runtime,
    id,
    logFile: podPaths.log(folders(worker.state.uid), name, container?.restartCount ?? 0),
    hasStdin: spec.stdin ?? false,
    hasTerminal: spec.tty ?? false,
    isOver: () => container?.id !== id || container.phase !== "running",
  };
  return (session) => attachClient(target, wanted, session);
}

function runningContainer(worker: PodWorker, name: string): NonNullable<ReturnType<PodWorker["running"]>> {
  const running = worker.running(name);
  if (running !== undefined) return running;
  const known = worker.state.containers[name] !== undefined;
  if (!known) throw new KubeletError(404, `container not found ("${name}")`);
  throw new KubeletError(500, `unable to upgrade connection: container "${name}" is not running`);
}

async function serveSession(upgrade: Upgrade, wanted: StreamRequest, serve: Serve): Promise<void> {
  const run = async (session: StreamSession): Promise<void> => {
    const outcome = await serve(session).catch(
      (error: unknown): Outcome => ({ error: error instanceof Error ? error.message : String(error) }),
    );
    await session.finish(outcome);
  };
  if (isSpdy(upgrade.request)) {
    const protocol = acceptSpdy(upgrade, SPDY_EXEC_PROTOCOLS);
    await run(await spdySession(upgrade.socket, wanted, protocol)).catch(() => upgrade.socket.destroy());
    return;
  }
  const socket = await acceptWebSocket(upgrade, EXEC_SUBPROTOCOLS);
  await run(webSocketSession(socket, wanted)).catch(() => socket.terminate());
}

async function servePorts(
  upgrade: Upgrade,
  worker: PodWorker,
  query: URLSearchParams,
  options: KubeletOptions,
): Promise<void> {
  const { sandbox, uid } = worker.state;
  if (sandbox === undefined) throw new KubeletError(500, `pod "${worker.state.name}" is not running`);
  const namespaces = sandbox.veth === undefined ? undefined : podPaths.namespaces(options.folders(uid));
  const dial = (port: number): PodConnection => dialPod(namespaces, port);
  if (isSpdy(upgrade.request)) {
    acceptSpdy(upgrade, [SPDY_PORT_FORWARD]);
    return servePortForward(upgrade.socket, dial);
  }
  // The API server says `port` for what its clients called `ports`.
  const ports = [...query.getAll("port"), ...query.getAll("ports")]
    .flatMap((text) => text.split(","))
    .map(Number)
    .filter((port) => port > 0 && port < 65_536);
  const socket = await acceptWebSocket(upgrade, PORT_FORWARD_SUBPROTOCOLS);
  if (socket.protocol === TUNNEL_SUBPROTOCOL) return servePortForward(createWebSocketStream(socket), dial);
  serveChannelPortForward(socket, ports, dial);
}

function isSpdy(request: IncomingMessage): boolean {
  return (request.headers.upgrade ?? "").toLowerCase().startsWith("spdy/3.1");
}

/** Answers the upgrade and returns the protocol that both sides know. */
function acceptSpdy({ request, socket, head }: Upgrade, known: readonly string[]): string {
  const offered = [request.headers["x-stream-protocol-version"] ?? []]
    .flat()
    .flatMap((line) => line.split(","))
    .map((each) => each.trim());
  const protocol = offered.length === 0 ? known.at(-1) : known.find((each) => offered.includes(each));
  if (protocol === undefined)
    throw new KubeletError(403, `unable to upgrade: no protocol in common: client knows ${offered.join(", ")}`);
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  if (head.length > 0) socket.unshift(head);
  return protocol;
}

function acceptWebSocket({ request, socket, head }: Upgrade, known: readonly string[]): Promise<WebSocket> {
  const offered = (request.headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const protocol = known.find((each) => offered.includes(each));
  if (protocol === undefined && offered.length > 0)
    throw new KubeletError(400, `no subprotocol in common: client knows ${offered.join(", ")}`);
  const server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    handleProtocols: () => protocol ?? false,
  });
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, (webSocket) => {
      const timer = setInterval(() => webSocket.ping(), WS_PING_MS);
      webSocket.once("close", () => clearInterval(timer));
      resolve(webSocket);
    });
  });
}
