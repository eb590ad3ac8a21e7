import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ClusterLock, clusterReport, type Layout } from "@keelson/embedded/cluster";
import { Failure } from "../failure.ts";

/** The checkout that this program runs from. */
export const repository = resolve(import.meta.dirname, "../../../..");

/** Node, its flags and the supervisor's file. */
export const supervisorProgram: readonly string[] = [
  ...[process.execPath, "--disable-warning=ExperimentalWarning", "--max-semi-space-size=2"],
  join(repository, "packages/embedded/cluster/main.ts"),
];

/**
 * Starts the supervisor in a session of its own and hands the cluster's lock over to it.
 *
 * @param options.detach true: it goes on when this process ends; false: it ends everything when this process ends
 */
export function spawnSupervisor(
  layout: Layout,
  lock: ClusterLock,
  options: { readonly detach: boolean },
): ChildProcess {
  mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
  const log = openSync(logFile(layout), "a", 0o600);
  const [node = "", ...flags] = supervisorProgram;
  const args = ["--data", layout.data, "--lock", "3", ...(options.detach ? [] : ["--end-with-parent"])];
  const child = spawn(node, [...flags, ...args], {
    cwd: "/",
    detached: true,
    stdio: [options.detach ? "ignore" : "pipe", log, log, lock.fd],
    env: { PATH: process.env["PATH"], LANG: "C.UTF-8", NODE_COMPILE_CACHE: layout.compileCache },
  });
  lock.handOver();
  closeSync(log);
  child.unref();
  return child;
}

/** Waits until the supervisor answers. Throws a Failure with its last words when it ends before. */
export async function untilAnswering(layout: Layout, supervisor: ChildProcess): Promise<void> {
  // The socket appears when the supervisor has cleaned up after an earlier start: nothing to watch before.
  while ((await clusterReport(layout.controlSocket)) === undefined) {
    if (hasEnded(supervisor))
      throw new Failure(`the supervisor did not start: ${lastLine(logFile(layout))} (more in ${logFile(layout)})`);
    await delay(20);
  }
}

/** Ends the supervisor, and with it everything it has started, in order. False when it did not get to its end, and may have left some of it. */
export async function endSupervisor(supervisor: ChildProcess): Promise<boolean> {
  if (!hasEnded(supervisor)) {
    const ended = once(supervisor, "exit");
    supervisor.ref();
    supervisor.kill("SIGTERM");
    await ended;
  }
  return supervisor.exitCode === 0;
}

/** True when the supervisor was asked to end and did; it may take a moment to be seen. */
export async function endedInOrder(supervisor: ChildProcess): Promise<boolean> {
  const deadline = Date.now() + 2_000;
  while (!hasEnded(supervisor) && Date.now() < deadline) await delay(20);
  return supervisor.exitCode === 0;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function logFile(layout: Layout): string {
  return join(layout.logs, "supervisor.log");
}

function lastLine(file: string): string {
  if (!existsSync(file)) return "it said nothing";
  return readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "it said nothing";
}
