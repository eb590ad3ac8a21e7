import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ClusterReport, clusterReport, type Layout } from "@keelson/embedded/cluster";
import { Failure } from "../failure.ts";

/** The checkout that this program runs from. */
export const repository = resolve(import.meta.dirname, "../../../..");

/**
 * Starts the supervisor in a session of its own and waits until it answers.
 *
 * @param options.detach true: it goes on when this process ends; false: it ends everything when this process ends
 */
export async function startSupervisor(layout: Layout, options: { readonly detach: boolean }): Promise<ClusterReport> {
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  const logFile = join(layout.logs, "supervisor.log");
  const log = openSync(logFile, "a", 0o600);
  const main = join(repository, "packages/embedded/cluster/main.ts");
  const args = ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2", main, "--data", layout.data];
  const child = spawn(process.execPath, options.detach ? args : [...args, "--end-with-parent"], {
    cwd: "/",
    detached: true,
    stdio: [options.detach ? "ignore" : "pipe", log, log],
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8", NODE_COMPILE_CACHE: layout.compileCache },
  });
  closeSync(log);
  child.unref();
  // The socket appears when the supervisor has cleaned up after an earlier start and made the certificates: nothing to watch before.
  for (;;) {
    const report = await clusterReport(layout.controlSocket);
    if (report !== undefined) return report;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Failure(`the supervisor did not start: ${lastLine(logFile)} (more in ${logFile})`);
    }
    await delay(20);
  }
}

function lastLine(file: string): string {
  if (!existsSync(file)) return "it said nothing";
  return readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "it said nothing";
}
