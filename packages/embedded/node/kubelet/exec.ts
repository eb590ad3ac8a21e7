/** Runs a program in a container for a client, with or without a terminal. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { killExec } from "../runtime/exec.ts";
import type { ExecContext, Runtime } from "../runtime/runtime.ts";
import type { Outcome, StreamRequest, StreamSession } from "./session.ts";

const DEFAULT_SIZE = { width: 80, height: 24 };
/** What runc says when the program is not there or may not be run. */
const NOT_STARTED = /runc run failed|exec failed: unable to start|executable file not found/;

/** Ends when the program has ended, or kills it when the client goes away. */
export async function execForClient(
  runtime: Runtime,
  container: { id: string; context: ExecContext },
  request: StreamRequest,
  session: StreamSession,
): Promise<Outcome> {
  const { id, context } = container;
  const pidFile = join(runtime.bundle(id), `exec-${process.hrtime.bigint()}.pid`);
  const env =
    request.tty && !context.env.some((line) => line.startsWith("TERM=")) ? [...context.env, "TERM=xterm"] : context.env;
  const command = await runtime.execCommand(
    id,
    { ...context, env, args: request.command, terminal: request.tty },
    pidFile,
  );
  const run = request.tty ? execWithTerminal : execWithPipes;
  return run(command, session, () => void killExec(pidFile));
}

async function execWithPipes(command: readonly string[], session: StreamSession, kill: () => void): Promise<Outcome> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: [session.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  let said = "";
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
    copy(child.stderr, (data) => {
      if (said.length < 4096) said += data.toString();
      return session.stderr(data);
    }),
  ];
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  ended = true;
  await Promise.all(copied);
  return outcome(code ?? 137, said);
}

async function copy(from: NodeJS.ReadableStream | null, to: (data: Buffer) => Promise<void>): Promise<void> {
  if (from === null) return;
  for await (const chunk of from) await to(chunk as Buffer);
}

async function execWithTerminal(
  command: readonly string[],
  session: StreamSession,
  kill: () => void,
): Promise<Outcome> {
  // Loaded at the first use: most nodes' lives see no terminal.
  const { spawn: spawnTerminal } = await import("@lydell/node-pty");
  const [program = "", ...args] = command;
  const terminal = spawnTerminal(program, args, {
    cols: DEFAULT_SIZE.width,
    rows: DEFAULT_SIZE.height,
    encoding: null,
  });
  let said = "";
  let sending: Promise<void> = Promise.resolve();
  terminal.onData((data) => {
    const bytes = data as unknown as Buffer;
    if (said.length < 4096) said += bytes.toString();
    sending = sending.then(() => session.stdout(bytes));
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
  return outcome(exitCode, said);
}

/** runc answers 255 (older ones 1) for a program that could not be started; clients expect an error, not an exit code. */
function outcome(exitCode: number, said: string): Outcome {
  if (exitCode !== 0 && NOT_STARTED.test(said)) {
    const why = /exec failed: .*?: (exec: .*)|msg="(.*)"/.exec(said);
    return {
      error: `error executing command in container: failed to exec in container: ${(why?.[1] ?? why?.[2] ?? said).trim().replaceAll('\\"', '"')}`,
    };
  }
  return { exitCode };
}
