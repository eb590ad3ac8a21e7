/** Joins a client to a container's own first process: its output from now on, and its input when it has one. */

import { spawn } from "node:child_process";
import type { Runtime } from "../runtime/runtime.ts";
import { logSize, readLog } from "./logs.ts";
import type { Outcome, StreamRequest, StreamSession } from "./session.ts";

export interface AttachTarget {
  readonly runtime: Runtime;
  readonly id: string;
  readonly logFile: string;
  readonly hasStdin: boolean;
  readonly hasTerminal: boolean;
  /** The container has ended. */
  isOver(): boolean;
}

/** Ends with the container or with the client. */
export async function attachClient(
  target: AttachTarget,
  request: StreamRequest,
  session: StreamSession,
): Promise<Outcome> {
  const ended = new AbortController();
  void session.closed.then(() => ended.abort());
  // Before any input: the answer to it may be there before the reading has begun.
  const fromByte = await logSize(target.logFile);
  if (session.stdin !== undefined && target.hasStdin) feedStdin(target, session, ended.signal);
  if (target.hasTerminal) session.onResize((size) => void target.runtime.resize(target.id, size).catch(() => {}));
  const options = {
    follow: true,
    timestamps: false,
    tailLines: undefined,
    limitBytes: undefined,
    since: undefined,
    fromByte,
  };
  const copy = async (stream: "stdout" | "stderr", send: (data: Buffer) => Promise<void>): Promise<void> => {
    for await (const chunk of readLog(target.logFile, { ...options, stream }, () => target.isOver(), ended.signal))
      await send(chunk);
  };
  await Promise.all([
    request.stdout || request.tty ? copy("stdout", (data) => session.stdout(data)) : undefined,
    request.stderr ? copy("stderr", (data) => session.stderr(data)) : undefined,
  ]);
  ended.abort();
  return { exitCode: 0 };
}

/** conmon takes input on a socket that keeps the bounds of packets, which Node.js cannot open; socat can. */
function feedStdin(target: AttachTarget, session: StreamSession, signal: AbortSignal): void {
  const socat = spawn("socat", ["-u", "STDIN", "UNIX-CONNECT:attach,type=5"], {
    cwd: target.runtime.bundle(target.id),
    stdio: ["pipe", "ignore", "ignore"],
  });
  socat.on("error", () => {});
  socat.stdin.on("error", () => {});
  session.stdin?.pipe(socat.stdin);
  signal.addEventListener("abort", () => socat.kill(), { once: true });
}
