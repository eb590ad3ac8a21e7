/** A lock between processes that ends with its holder, however that dies. */

import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Waits for the lock on a file. A helper process holds it and ends when our end of its pipe closes,
 * so a killed holder never leaves it locked.
 */
export async function lockFile(path: string): Promise<AsyncDisposable> {
  const helper = spawn("flock", ["--exclusive", path, "sh", "-c", "echo locked; cat >/dev/null"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  helper.stdin.on("error", () => {});
  const ended = once(helper, "exit");
  const first = await Promise.race([once(helper.stdout, "data"), ended]);
  if (!String(first[0]).startsWith("locked")) throw new Error(`cannot lock ${path}`);
  return {
    async [Symbol.asyncDispose]() {
      helper.stdin.end();
      await ended;
    },
  };
}
