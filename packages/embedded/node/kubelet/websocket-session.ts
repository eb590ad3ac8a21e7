/** exec and attach over a WebSocket: `v4.channel.k8s.io` and `v5.channel.k8s.io`. The first byte of a message is its channel. */

import { PassThrough } from "node:stream";
import type { WebSocket } from "ws";
import { outcomeStatus, type StreamRequest, type StreamSession, type TerminalSize } from "./session.ts";

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** In order of preference. */
export const EXEC_SUBPROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"] as const;

export function webSocketSession(socket: WebSocket, request: StreamRequest): StreamSession {
  const stdin = new PassThrough();
  const closed = Promise.withResolvers<void>();
  let onResize: ((size: TerminalSize) => void) | undefined;
  let lastSize: TerminalSize | undefined;
  socket.on("message", (message: Buffer) => {
    const payload = message.subarray(1);
    if (message[0] === CHANNEL.stdin && !stdin.writableEnded && !stdin.write(payload)) {
      socket.pause();
      stdin.once("drain", () => socket.resume());
    } else if (message[0] === CHANNEL.close && payload[0] === CHANNEL.stdin) stdin.end();
    else if (message[0] === CHANNEL.resize) {
      lastSize = parseSize(payload.toString());
      if (lastSize !== undefined) onResize?.(lastSize);
    }
  });
  socket.on("error", () => socket.terminate());
  socket.once("close", () => {
    stdin.end();
    closed.resolve();
  });
  const send = (channel: number, data: Buffer): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) resolve();
      else socket.send(Buffer.concat([Buffer.of(channel), data]), () => resolve());
    });
  // Older clients wait for a first, empty message of each stream that is theirs to read.
  if (request.stdout) void send(CHANNEL.stdout, Buffer.alloc(0));
  if (request.stderr) void send(CHANNEL.stderr, Buffer.alloc(0));
  return {
    stdin: request.stdin ? stdin : undefined,
    stdout: (data) => send(CHANNEL.stdout, data),
    stderr: (data) => send(CHANNEL.stderr, data),
    onResize(listener) {
      onResize = listener;
      if (lastSize !== undefined) listener(lastSize);
    },
    closed: closed.promise,
    async finish(outcome) {
      await send(CHANNEL.error, Buffer.from(JSON.stringify(outcomeStatus(outcome))));
      socket.close(1000);
    },
  };
}

/** `{"Width":80,"Height":24}` */
export function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: number; Height?: number };
    return Width === undefined || Height === undefined ? undefined : { width: Width, height: Height };
  } catch {
    return undefined;
  }
}
