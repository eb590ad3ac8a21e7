/** Commands in containers, over the WebSocket protocols `v5.channel.k8s.io` and `v4.channel.k8s.io`. */
import { Readable, Writable } from "node:stream";
import type { WebSocket } from "ws";
import { kindPath } from "../kind.ts";
import { kinds } from "../kinds.ts";
import type { Status } from "../types.ts";
import { ApiError, ConnectionError } from "./api-error.ts";
import { withDeadline } from "./deadline.ts";
import type { ExecOptions } from "./options.ts";
import type { Transport } from "./transport.ts";

/** What a command printed, and how it ended. */
export interface ExecResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A command that is running. */
export interface ExecSession {
  /** Only with `stdin: true`. Ending it closes the command's input. */
  readonly stdin: Writable | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The command's exit code; rejects when the command could not be run or the connection broke. */
  readonly exitCode: Promise<number>;
  /** With `tty: true`. */
  resize(columns: number, rows: number): void;
  close(): void;
}

const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

/** Runs a command with streams. */
export async function openExec(
  transport: Transport,
  options: ExecOptions & { stdin?: boolean; tty?: boolean },
): Promise<ExecSession> {
  const { namespace, pod, container, command, stdin = false, tty = false, signal } = options;
  const path = kindPath(kinds.Pod, { namespace, name: pod, subresource: "exec" });
  const query = { container, command, stdin, stdout: true, stderr: !tty, tty };
  const socket = await transport.webSocket(path, query, ["v5.channel.k8s.io", "v4.channel.k8s.io"], signal);
  return session(socket, `exec in ${namespace}/${pod}`, stdin, signal);
}

/** Runs a command and collects what it prints. Default limits: one minute, 16 MiB. */
export async function execCollected(
  transport: Transport,
  options: ExecOptions & { stdin?: Buffer | string | undefined; timeoutMs?: number; maxOutputBytes?: number },
): Promise<ExecResult> {
  const { timeoutMs = 60_000, maxOutputBytes = 16 * 1024 * 1024, stdin } = options;
  const what = `exec of ${options.command[0]} in ${options.namespace}/${options.pod}`;
  const late = () =>
    new ConnectionError(`${what}: not done within ${timeoutMs} ms`, { code: "TIMEOUT", unsent: false });
  return withDeadline(options.signal, timeoutMs, late, async (signal) => {
    const running = await openExec(transport, { ...options, signal, stdin: stdin !== undefined });
    try {
      running.stdin?.on("error", () => undefined).end(stdin);
      const collect = (stream: Readable) => collectText(stream, maxOutputBytes, what);
      const [stdout, stderr, exitCode] = await Promise.all([
        collect(running.stdout),
        collect(running.stderr),
        running.exitCode,
      ]);
      return { stdout, stderr, exitCode };
    } finally {
      running.close();
    }
  });
}

function session(socket: WebSocket, what: string, withStdin: boolean, signal: AbortSignal | undefined): ExecSession {
  const resume = () => socket.resume();
  const stdout = new Readable({ read: resume });
  const stderr = new Readable({ read: resume });
  const outcome = Promise.withResolvers<number>();
  outcome.promise.catch(() => undefined);
  const onAbort = () => socket.terminate();
  signal?.addEventListener("abort", onAbort, { once: true });

  socket.on("message", (data: Buffer) => {
    const payload = data.subarray(1);
    switch (data[0]) {
      case channel.stdout:
        if (payload.length > 0 && !stdout.push(payload)) socket.pause();
        break;
      case channel.stderr:
        if (payload.length > 0 && !stderr.push(payload)) socket.pause();
        break;
      case channel.status:
        try {
          outcome.resolve(exitCodeOf(payload));
        } catch (error) {
          outcome.reject(error);
        }
        break;
    }
  });
  socket.on("close", () => {
    signal?.removeEventListener("abort", onAbort);
    const broken = signal?.aborted
      ? signal.reason
      : new ConnectionError(`${what}: the connection ended before the command's result came`, {
          code: "BROKEN",
          unsent: false,
        });
    outcome.reject(broken);
    stdout.push(null);
    stderr.push(null);
  });
  socket.resume();
  return {
    stdin: withStdin ? stdinOf(socket, what) : undefined,
    stdout,
    stderr,
    exitCode: outcome.promise,
    resize: (columns, rows) => {
      const size = JSON.stringify({ Width: columns, Height: rows });
      socket.send(Buffer.concat([Buffer.of(channel.resize), Buffer.from(size)]));
    },
    close: () => {
      socket.close();
      // Who does not answer the close within a second is cut off.
      setTimeout(() => socket.terminate(), 1_000).unref();
    },
  };
}

function stdinOf(socket: WebSocket, what: string): Writable {
  return new Writable({
    highWaterMark: 64 * 1024,
    write: (chunk: Buffer, _encoding, done) =>
      socket.send(Buffer.concat([Buffer.of(channel.stdin), chunk]), (e) => done(e)),
    final: (done) => {
      if (socket.readyState !== socket.OPEN) return done();
      if (socket.protocol === "v5.channel.k8s.io")
        return socket.send(Buffer.of(channel.close, channel.stdin), (e) => done(e));
      done(new Error(`${what}: the server speaks ${socket.protocol}, which cannot end stdin`));
    },
  });
}

/** The status channel carries a Status; a command's exit code is among the causes of its failure. */
function exitCodeOf(payload: Buffer): number {
  let status: Status;
  try {
    status = JSON.parse(payload.toString()) as Status;
  } catch {
    throw new ApiError({ status: 500, message: payload.toString().slice(0, 500) });
  }
  if (status.status === "Success") return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  if (status.reason === "NonZeroExitCode" && code !== undefined) return Number(code);
  throw ApiError.fromStatus(status);
}

async function collectText(stream: Readable, maxBytes: number, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw new Error(`${what}: more than ${maxBytes} bytes of output`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}
