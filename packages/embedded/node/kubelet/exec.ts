/** Runs a program in a container for a client, with or without a terminal. */

import { spawn } from "node:child_process";
import { killExec } from "../runtime/exec.ts";
import type { ExecContext, Runtime } from "../runtime/runtime.ts";
import type { Outcome, StreamRequest, StreamSession } from "./session.ts";

const DEFAULT_SIZE = { width: 80, height: 24 };
/** Bytes of a terminal that wait for a slow client. The program behind it waits for the rest. */
const MOST_UNSENT = 1024 * 1024;

/** Ends when the program has ended, or kills it when the client goes away. */
export async function execForClient(
  runtime: Runtime,
  container: { id: string; context: ExecContext },
  request: StreamRequest,
  session: StreamSession,
): Promise<Outcome> {
  const { id, context } = container;
  const terminal = request.tty;
  const env =
    terminal && !context.env.some((line) => line.startsWith("TERM=")) ? [...context.env, "TERM=xterm"] : context.env;
  const exec = await runtime.execCommand(id, { ...context, env, args: request.command, terminal });
  try {
    const run = terminal ? execWithTerminal : execWithPipes;
    const exitCode = await run(exec.words, session, () => void killExec(exec.pidFile));
    const failure = exitCode === 0 ? undefined : await exec.failure();
    // Clients expect an error, not an exit code, for a program that could not be started.
    return failure === undefined
      ? { exitCode }
      : { error: `error executing command in container: failed to exec in container: ${failure}` };
  } finally {
    await exec.done();
  }
}

async function execWithPipes(command: readonly string[], session: StreamSession, kill: () => void): Promise<number> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: [session.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  let ended = false;
  void session.closed.then(() => {
    if (ended) return;
    kill();
    child.kill("SIGKILL");
  });
  child.stdin?.on("error", () => {});
  if (child.stdin !== null) session.stdin?.pipe(child.stdin);
  const copied = [
    copy(child.stdout, (data) => session.stdout(data)),
    copy(child.stderr, (data) => session.stderr(data)),
  ];
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  ended = true;
  await Promise.all(copied);
  return code ?? 137;
}

async function copy(from: NodeJS.ReadableStream | null, to: (data: Buffer) => Promise<void>): Promise<void> {
  if (from === null) return;
  for await (const chunk of from) await to(chunk as Buffer);
}

async function execWithTerminal(command: readonly string[], session: StreamSession, kill: () => void): Promise<number> {
  // Loaded at the first use: most nodes' lives see no terminal.
  const { spawn: spawnTerminal } = await import("@lydell/node-pty");
  const [program = "", ...args] = command;
  const terminal = spawnTerminal(program, args, {
    cols: DEFAULT_SIZE.width,
    rows: DEFAULT_SIZE.height,
    encoding: null,
  });
  let sending: Promise<void> = Promise.resolve();
  let unsent = 0;
  terminal.onData((data) => {
    const bytes = data as unknown as Buffer;
    unsent += bytes.length;
    if (unsent > MOST_UNSENT) terminal.pause();
    sending = sending.then(async () => {
      await session.stdout(bytes);
      unsent -= bytes.length;
      if (unsent <= MOST_UNSENT) terminal.resume();
    });
  });
  session.stdin?.on("data", (chunk: Buffer) => terminal.write(chunk as unknown as string));
  session.onResize(({ width, height }) => {
    if (width > 0 && height > 0) terminal.resize(width, height);
  });
  let ended = false;
  void session.closed.then(() => {
    if (ended) return;
    kill();
    terminal.kill("SIGKILL");
  });
  const exitCode = await new Promise<number>((resolve) => {
    terminal.onExit((exit) => resolve(exit.signal ? 128 + exit.signal : exit.exitCode));
  });
  ended = true;
  await sending;
  return exitCode;
}
