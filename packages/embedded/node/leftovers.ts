/** Removes what a cluster has left on the machine after `kill -9` or a power cut: processes, mounts, namespaces, cgroups. */

import { readFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { basename } from "node:path";
import { mountPoints } from "./mount-points.ts";
import { runCommand } from "./network/command.ts";
import { cgroupProcesses, removeCgroup } from "./runtime/cgroups.ts";

const POLL_MS = 50;
/** Killed processes are given this long to be collected. */
const PATIENCE_MS = 5000;

/**
 * Ends every pod process of the cluster whose run folder this is, and takes its mounts, namespaces and cgroups away.
 * Data folders are left alone. Call it only when no process of the cluster runs. Repeatable.
 */
export async function cleanUpLeftovers(run: string): Promise<void> {
  const id = basename(run).replace(/^keelson-/, "");
  const cgroup = `/${basename(run)}`;
  await killWatchers(run);
  await killAll(cgroup);
  await unmountBelow(run);
  await removeCgroup(cgroup);
  for (const name of await readdir("/run/netns").catch(() => [])) {
    if (name.startsWith(`keelson-${id}-`)) await runCommand(["ip", "netns", "delete", name]).catch(() => {});
  }
  // What is mounted below may be a volume: it would be emptied.
  const [left] = mountPoints(run);
  if (left !== undefined) throw new Error(`${left} is still mounted; unmount it (umount --lazy ${left}) and try again`);
  await rm(run, { recursive: true, force: true });
}

/** conmons would note the ends of their containers, and nobody would read it. */
async function killWatchers(run: string): Promise<void> {
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const words = commandLine(entry);
    if (basename(words[0] ?? "") === "conmon" && words.some((word) => word.startsWith(`${run}/`)))
      signal(Number(entry));
  }
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

async function killAll(cgroup: string): Promise<void> {
  const giveUp = Date.now() + PATIENCE_MS;
  for (
    let pids = await cgroupProcesses(cgroup);
    pids.length > 0 && Date.now() < giveUp;
    pids = await cgroupProcesses(cgroup)
  ) {
    for (const pid of pids) signal(pid);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

async function unmountBelow(run: string): Promise<void> {
  for (const point of mountPoints(run)) await runCommand(["umount", "--lazy", point]).catch(() => {});
}
