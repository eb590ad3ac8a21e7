/** The kubelet API of a node: HTTP on a unix socket, only for the API server. */

import { chmodSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "@keelson/kube";
import { listen } from "../../machine/sockets.ts";
import { type PodFolders, podPaths } from "../pods/container-config.ts";
import type { PodManager } from "../pods/manager.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { readLog } from "./logs.ts";
import { statsSummary } from "./stats.ts";
import { handleUpgrade } from "./streams.ts";

export interface KubeletOptions {
  readonly path: string;
  readonly manager: PodManager;
  readonly runtime: Runtime;
  readonly log: Logger;
  readonly nodeName: string;
  readonly cgroupParent: string;
  folders(uid: string): PodFolders;
}

/** An answer other than 200, with a sentence for a person. */
export class KubeletError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function startKubeletServer(options: KubeletOptions): Promise<Server> {
  rmSync(options.path, { force: true });
  const server = createServer((request, response) => {
    handle(request, response, options).catch((error: unknown) => {
      const status = error instanceof KubeletError ? error.status : 500;
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { "Content-Type": "text/plain" }).end(message);
    });
  });
  server.requestTimeout = 0;
  server.on("upgrade", (request, socket, head) => {
    // From here on the socket is ours: a client that is gone already must be nobody's failure.
    socket.on("error", () => socket.destroy());
    handleUpgrade(request, socket, head, options).catch((error: unknown) => {
      const status = error instanceof KubeletError ? error.status : 500;
      const message = error instanceof Error ? error.message : String(error);
      socket.end(
        `HTTP/1.1 ${status} Error\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(message)}\r\nConnection: close\r\n\r\n${message}`,
      );
    });
  });
  await listen(server, { path: options.path }, (err) => options.log.warn({ err }, "kubelet connection failed"));
  chmodSync(options.path, 0o600);
  return server;
}

async function handle(request: IncomingMessage, response: ServerResponse, options: KubeletOptions): Promise<void> {
  const url = new URL(request.url ?? "/", "http://kubelet");
  const [, what, namespace = "", pod = "", container = ""] = url.pathname.split("/").map(decodeURIComponent);
  switch (what) {
    case "healthz":
      response.end("ok");
      return;
    case "pods":
      json(response, {
        kind: "PodList",
        apiVersion: "v1",
        metadata: {},
        items: options.manager.list().map((worker) => worker.pod),
      });
      return;
    case "stats":
      json(response, statsSummary(options));
      return;
    case "containerLogs":
      return sendLogs({ namespace, pod, container }, url.searchParams, request, response, options);
    default:
      throw new KubeletError(404, `no such path: ${url.pathname}`);
  }
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

interface LogTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

async function sendLogs(
  target: LogTarget,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
  options: KubeletOptions,
): Promise<void> {
  const { namespace, pod, container: name } = target;
  const worker = options.manager.find(namespace, pod);
  const container = worker?.state.containers[name];
  if (worker === undefined || container === undefined)
    throw new KubeletError(404, `container "${name}" in pod "${pod}" is not found`);
  const previous = query.get("previous") === "true";
  const hasRun = container.phase === "running" || container.terminated !== undefined || container.last !== undefined;
  if (
    previous &&
    container.last === undefined &&
    (container.terminated === undefined || container.phase === "exited") &&
    container.restartCount === 0
  ) {
    throw new KubeletError(400, `previous terminated container "${name}" in pod "${pod}" not found`);
  }
  if (!hasRun) {
    const why = container.waiting?.reason ?? "ContainerCreating";
    throw new KubeletError(400, `container "${name}" in pod "${pod}" is waiting to start: ${why}`);
  }
  const attempt = previous ? Math.max(0, container.restartCount - 1) : container.restartCount;
  const file = podPaths.log(options.folders(worker.state.uid), name, attempt);
  const ended = new AbortController();
  request.once("close", () => ended.abort());
  response.once("close", () => ended.abort());
  response.writeHead(200, { "Content-Type": "text/plain" });
  response.flushHeaders();
  const isOver = (): boolean => previous || container.restartCount !== attempt || container.phase !== "running";
  for await (const chunk of readLog(file, logOptions(query), isOver, ended.signal)) {
    if (!response.write(chunk))
      await Promise.race([
        new Promise((resolve) => response.once("drain", resolve)),
        new Promise((resolve) => response.once("close", resolve)),
      ]);
    if (ended.signal.aborted) return;
  }
  response.end();
}

function logOptions(query: URLSearchParams): Parameters<typeof readLog>[1] {
  const number = (name: string): number | undefined => (query.has(name) ? Number(query.get(name)) : undefined);
  const sinceSeconds = number("sinceSeconds");
  const sinceTime = query.get("sinceTime");
  const stream = query.get("stream")?.toLowerCase();
  return {
    follow: query.get("follow") === "true",
    timestamps: query.get("timestamps") === "true",
    tailLines: number("tailLines"),
    limitBytes: number("limitBytes"),
    since:
      sinceSeconds === undefined
        ? sinceTime === null
          ? undefined
          : Date.parse(sinceTime)
        : Date.now() - sinceSeconds * 1000,
    stream: stream === "stdout" || stream === "stderr" ? stream : undefined,
  };
}
