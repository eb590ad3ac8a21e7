/** `/metrics`, `/healthz` and `/readyz` of a program. */
import { createServer, type Server, type ServerResponse } from "node:http";
import { metrics } from "./metrics.ts";

/** Undefined or an empty list = well; text = what is wrong. */
export type Check = () => string | readonly string[] | undefined | Promise<string | readonly string[] | undefined>;

/** Where to serve, and what to check at every request. */
export interface HealthServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Alive: a failing check is a reason to restart the program. */
  readonly live?: Readonly<Record<string, Check>>;
  /** Ready: a failing check is a reason to wait. */
  readonly ready?: Readonly<Record<string, Check>>;
}

/** A running one. */
export interface HealthServer {
  /** Such as `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Ends it with its connections. */
  close(): Promise<void>;
}

/** Starts to serve. Rejects when the port is taken. */
export async function healthServer(options: HealthServerOptions): Promise<HealthServer> {
  const { host = "127.0.0.1", port, live = {}, ready = {} } = options;
  const routes: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
    "/metrics": async (response) => {
      const body = await metrics.metrics();
      response.writeHead(200, { "content-type": metrics.contentType }).end(body);
    },
    "/healthz": (response) => answer(live, response),
    "/livez": (response) => answer(live, response),
    "/readyz": (response) => answer({ ...live, ...ready }, response),
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const route = routes[pathname];
    if (route === undefined) response.writeHead(404).end("not found\n");
    else if (request.method !== "GET" && request.method !== "HEAD") response.writeHead(405).end();
    else route(response).catch((error: unknown) => response.writeHead(500).end(`${String(error)}\n`));
  });
  await listen(server, port, host);
  const address = server.address();
  const actual = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(checks: Readonly<Record<string, Check>>, response: ServerResponse): Promise<void> {
  const problems: string[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const said = await (async () => check())().catch((error: unknown) => String(error));
    for (const text of said === undefined ? [] : [said].flat()) problems.push(`${name}: ${text}`);
  }
  const well = problems.length === 0;
  response
    .writeHead(well ? 200 : 503, { "content-type": "text/plain" })
    .end(well ? "ok\n" : `${problems.join("\n")}\n`);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
