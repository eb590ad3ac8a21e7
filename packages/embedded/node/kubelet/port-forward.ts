/** Connections to ports inside a pod: dialled on the pod's own loopback, as the kubelet does. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import type { WebSocket } from "ws";
import { SpdyConnection, type SpdyStream } from "./spdy/connection.ts";

/** A connection into a pod. */
export interface PodConnection {
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: Readable;
  /** Why it failed, or undefined after an orderly end. */
  readonly ended: Promise<string | undefined>;
  close(): void;
}

/** `namespaces` is the folder of the pod's namespaces; undefined for a pod in the node's network. */
export function dialPod(namespaces: string | undefined, port: number): PodConnection {
  const enter = namespaces === undefined ? [] : ["nsenter", `--net=${join(namespaces, "net")}`];
  const [program = "", ...args] = [...enter, "socat", "-", `TCP4:localhost:${port},nodelay`];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (said.length < 1024) said += chunk.toString();
  });
  child.stdin.on("error", () => {});
  const ended = new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code) =>
      resolve(code === 0 || code === null ? undefined : said.trim().replace(/^.*socat\[\d+\] E /, "")),
    );
  });
  return { stdin: child.stdin, stdout: child.stdout, ended, close: () => child.kill() };
}

/** Port-forward over SPDY, plain or inside a WebSocket: a data and an error stream for every connection, paired by `requestid`. */
export function servePortForward(transport: Duplex, dial: (port: number) => PodConnection): Promise<void> {
  const waiting = new Map<string, SpdyStream>();
  const connection = new SpdyConnection(transport, (stream) => {
    const id = stream.headers.get("requestid") ?? stream.headers.get("port") ?? "";
    const other = waiting.get(id);
    if (other === undefined) {
      waiting.set(id, stream);
      return;
    }
    waiting.delete(id);
    const [data, error] = stream.headers.get("streamtype") === "data" ? [stream, other] : [other, stream];
    void forward(data, error, dial);
  });
  return connection.closed;
}

async function forward(data: SpdyStream, error: SpdyStream, dial: (port: number) => PodConnection): Promise<void> {
  const port = Number(data.headers.get("port"));
  const pod = dial(port);
  data.pipe(pod.stdin);
  pod.stdout.pipe(data);
  data.once("close", () => pod.close());
  error.resume();
  const failure = await pod.ended;
  error.end(failure === undefined ? undefined : `error forwarding port ${port} to pod: ${failure}`);
  data.end();
}

/** The older way over a WebSocket: channels 2n (data) and 2n+1 (error) for the n-th port, each beginning with the port's number. */
export function serveChannelPortForward(
  socket: WebSocket,
  ports: readonly number[],
  dial: (port: number) => PodConnection,
): void {
  const connections = ports.map(dial);
  const send = (channel: number, data: Buffer): Promise<void> =>
    new Promise((resolve) => socket.send(Buffer.concat([Buffer.of(channel), data]), () => resolve()));
  for (const [index, connection] of connections.entries()) {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(ports[index] ?? 0);
    void send(2 * index, number);
    void send(2 * index + 1, number);
    void (async () => {
      for await (const chunk of connection.stdout) await send(2 * index, chunk as Buffer);
      const failure = await connection.ended;
      if (failure !== undefined) await send(2 * index + 1, Buffer.from(failure));
      if (connections.length === 1) socket.close(1000);
    })();
  }
  socket.on("message", (message: Buffer) => {
    const connection = connections[Math.floor((message[0] ?? 0) / 2)];
    if (connection === undefined || message.length < 2 || connection.stdin.write(message.subarray(1))) return;
    socket.pause();
    connection.stdin.once("drain", () => socket.resume());
  });
  socket.on("error", () => socket.terminate());
  socket.once("close", () => {
    for (const connection of connections) {
      connection.stdin.end();
      connection.close();
    }
  });
}
