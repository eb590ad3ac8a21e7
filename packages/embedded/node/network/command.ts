/** Runs the system's network tools. */

import { spawn } from "node:child_process";

/** Runs a program to its end. Throws with what it said on stderr when it fails. */
export async function runCommand(
  words: readonly string[],
  options: { input?: string; signal?: AbortSignal } = {},
): Promise<string> {
  const [program = "", ...args] = words;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.signal ? { signal: options.signal } : {}),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  // Without a free file descriptor there is a failure and no stream.
  if (child.pid === undefined) await ended;
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const code = await ended;
  if (code !== 0)
    throw new Error(`${words.slice(0, 6).join(" ")} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
  return stdout;
}
