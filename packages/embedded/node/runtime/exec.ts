/** Runs a program in a container to its end and collects what it says: for probes and hooks. */

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import type { ExecContext, Runtime } from "./runtime.ts";

export interface ExecOutcome {
  readonly exitCode: number;
  /** stdout and stderr as they came, the first 64 KiB. */
  readonly output: string;
  readonly timedOut: boolean;
}

const MAX_OUTPUT = 64 * 1024;

/** Ends the program itself at the timeout, not only the runc that started it. */
export async function execInContainer(
  runtime: Runtime,
  id: string,
  context: ExecContext,
  command: readonly string[],
  timeoutMs: number,
): Promise<ExecOutcome> {
  const exec = await runtime.execCommand(id, { ...context, args: command, terminal: false });
  const [program = "", ...args] = exec.words;
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  // Without a free file descriptor there is a failure and no stream.
  if (child.pid === undefined) await ended.finally(() => exec.done());
  let output = "";
  const collect = (chunk: Buffer): void => {
    if (output.length < MAX_OUTPUT) output += chunk.toString("utf8");
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void killExec(exec.pidFile);
    child.kill("SIGKILL");
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutMs);
  try {
    const code = await ended;
    const failure = code === 0 ? undefined : await exec.failure();
    return { exitCode: code ?? 137, output: failure ?? output, timedOut };
  } finally {
    clearTimeout(timer);
    await exec.done();
  }
}

/** Kills the program whose pid runc has written. */
export async function killExec(pidFile: string): Promise<void> {
  const pid = Number.parseInt(await readFile(pidFile, "utf8").catch(() => ""), 10);
  try {
    if (pid > 1) process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
