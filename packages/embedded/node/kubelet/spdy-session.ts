/** exec and attach over SPDY: one stream each for error, stdin, stdout, stderr and resize. */

import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";
import { outcomeStatus, type StreamRequest, type StreamSession, type TerminalSize } from "./session.ts";
import { SpdyConnection, type SpdyStream } from "./spdy/connection.ts";
import { parseSize } from "./websocket-session.ts";

/** In order of preference. */
export const SPDY_EXEC_PROTOCOLS = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
] as const;

/** Clients open their streams at once. */
const STREAMS_TIMEOUT_MS = 30_000;

/** Waits until the client has opened all streams that the request speaks of. */
export async function spdySession(transport: Duplex, request: StreamRequest, protocol: string): Promise<StreamSession> {
  const resizable = request.tty && protocol !== "v2.channel.k8s.io";
  const wanted = [
    "error",
    ...(request.stdin ? ["stdin"] : []),
    ...(request.stdout ? ["stdout"] : []),
    ...(request.stderr ? ["stderr"] : []),
    ...(resizable ? ["resize"] : []),
  ];
  const streams = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const connection = new SpdyConnection(transport, (stream) => {
    streams.set(stream.headers.get("streamtype") ?? "", stream);
    if (wanted.every((type) => streams.has(type))) complete.resolve();
  });
  const timer = setTimeout(
    () => complete.reject(new Error("the client did not open its streams in time")),
    STREAMS_TIMEOUT_MS,
  );
  void connection.closed.then(() => complete.reject(new Error("the client went away")));
  await complete.promise.finally(() => clearTimeout(timer));

  const write = (type: string, data: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const stream = streams.get(type);
      if (stream === undefined || stream.destroyed) resolve();
      else stream.write(data, () => resolve());
    });
  return {
    stdin: request.stdin ? streams.get("stdin") : undefined,
    stdout: (data) => write("stdout", data),
    stderr: (data) => write("stderr", data),
    onResize: (listener) => readSizes(streams.get("resize"), listener),
    closed: connection.closed,
    async finish(outcome) {
      for (const type of ["stdout", "stderr"]) streams.get(type)?.end();
      const status = outcomeStatus(outcome);
      const old = protocol < "v4";
      if (!old || !("exitCode" in outcome) || outcome.exitCode !== 0)
        await write("error", Buffer.from(old ? (status as { message: string }).message : JSON.stringify(status)));
      const error = streams.get("error");
      error?.end();
      if (error !== undefined) await finished(error, { readable: false }).catch(() => {});
      connection.end();
    },
  };
}

/** Sizes come as JSON documents, one after another. */
function readSizes(stream: SpdyStream | undefined, listener: (size: TerminalSize) => void): void {
  let text = "";
  stream?.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    for (let end = text.indexOf("}"); end >= 0; end = text.indexOf("}")) {
      const size = parseSize(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size !== undefined) listener(size);
    }
  });
}
