import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { createInterface } from "node:readline";
import type { ProcessReport } from "./managed-process.ts";
import type { Settings } from "./settings.ts";

/** What a running supervisor says of its cluster. */
export interface ClusterReport {
  readonly pid: number;
  readonly data: string;
  readonly settings: Settings;
  readonly stopping: boolean;
  readonly processes: readonly ProcessReport[];
}

/** What the control socket needs of the supervisor. */
export interface ControlHandlers {
  report(): ClusterReport;
  /** Calls `listener` after each change until the returned function is called. */
  subscribe(listener: () => void): () => void;
  /** Resolves when all has ended, rejects when something cannot be ended. */
  stop(): Promise<void>;
  /** Called when the one who asked for the end has been told how it went. Ends the process, and so gives the cluster's lock back. */
  stopped(failed: boolean): void;
}

/**
 * Answers on a unix socket that only root can reach: `GET /status`, `GET /watch` (the report as one JSON line now and after each
 * change) and `POST /stop`.
 */
export function serveControl(socket: string, handlers: ControlHandlers): Promise<Server> {
  rmSync(socket, { force: true });
  const server = createServer((incoming, outgoing) => {
    const answer = (status: number, body: unknown): void => {
      outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    switch (`${incoming.method} ${incoming.url}`) {
      case "GET /status":
        answer(200, handlers.report());
        break;
      case "GET /watch": {
        const send = (): void => {
          outgoing.write(`${JSON.stringify(handlers.report())}\n`);
        };
        outgoing.on("close", handlers.subscribe(send));
        send();
        break;
      }
      case "POST /stop":
        handlers.stop().then(
          () => outgoing.writeHead(200).end("{}", () => handlers.stopped(false)),
          (error: unknown) =>
            outgoing.writeHead(500).end(JSON.stringify({ error: String(error) }), () => handlers.stopped(true)),
        );
        break;
      default:
        answer(404, { error: `no ${incoming.method} ${incoming.url} here` });
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, () => resolve(server));
  });
}

/**
 * Waits until the report of the supervisor behind `socket` fulfils `condition`, and returns that report.
 * Throws when the supervisor ends before, or when `signal` says so.
 */
export async function untilCluster(
  socket: string,
  condition: (report: ClusterReport) => boolean,
  signal: AbortSignal,
): Promise<ClusterReport> {
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ socketPath: socket, path: "/watch", signal }, resolve).on("error", reject).end();
  });
  for await (const line of createInterface({ input: incoming, signal })) {
    const report = JSON.parse(line) as ClusterReport;
    if (condition(report)) {
      incoming.destroy();
      return report;
    }
  }
  signal.throwIfAborted();
  throw new Error("the supervisor ended");
}

/** The report of the supervisor behind `socket`, or undefined when none listens. */
export function clusterReport(socket: string): Promise<ClusterReport | undefined> {
  return call<ClusterReport>(socket, "GET", "/status");
}

/**
 * Asks the supervisor to end everything and waits until it has, or has failed to: then it ends too, and leaves the rest to whoever
 * takes the cluster's lock. False when none listens.
 */
export async function stopCluster(socket: string): Promise<boolean> {
  return (await call(socket, "POST", "/stop", [200, 500])) !== undefined;
}

function call<T>(socketPath: string, method: string, path: string, expected = [200]): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path }, (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      incoming.on("end", () => {
        if (expected.includes(incoming.statusCode ?? 0)) resolve(JSON.parse(text) as T);
        else reject(new Error(`the supervisor answered ${incoming.statusCode}: ${text}`));
      });
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED" || error.code === "ECONNRESET") resolve(undefined);
      else reject(error);
    });
    outgoing.end();
  });
}
