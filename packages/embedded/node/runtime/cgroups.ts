/** The machine's cgroups, version 1, 2 or both beside each other. */

import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = "/sys/fs/cgroup";
/** What the kernel gives to every cgroup and process of version 1. */
const DEFAULT_SHARES = 1024;

/** 2 when version 2 has all controllers; a machine with both counts as 1, as runc sees it. */
export function cgroupVersion(root: string = ROOT): 1 | 2 {
  return existsSync(join(root, "cgroup.controllers")) ? 2 : 1;
}

/** Where each hierarchy keeps a cgroup. */
export async function cgroupFolders(path: string, root: string = ROOT): Promise<string[]> {
  if (cgroupVersion(root) === 2) return [join(root, path)];
  const hierarchies = await readdir(root);
  return hierarchies.map((name) => join(root, name, path)).filter((folder) => existsSync(folder));
}

/** Every process in a cgroup and below it. */
export async function cgroupProcesses(path: string, root: string = ROOT): Promise<number[]> {
  const pids = new Set<number>();
  for (const folder of await cgroupFolders(path, root)) {
    for (const inner of [...(await subfolders(folder)), folder]) {
      const text = await readFile(join(inner, "cgroup.procs"), "utf8").catch(() => "");
      for (const line of text.split("\n")) if (line !== "") pids.add(Number(line));
    }
  }
  return [...pids];
}

/**
 * Gives the pods of a cluster, together, their part of the CPU when there is not enough of it. Version 1 weighs all of them as much as
 * one single process that is in no cgroup, and of those each of our own parts is one: the pods get four times the weight that kubelet
 * gives them against everything else together. In version 2 what runs outside is in one cgroup of a service or session already.
 */
export async function weighPods(path: string, cpus: number): Promise<void> {
  const folder = join(ROOT, "cpu");
  if (cgroupVersion() === 2 || !existsSync(folder)) return;
  await mkdir(join(folder, path), { recursive: true });
  await writeFile(join(folder, path, "cpu.shares"), String(4 * DEFAULT_SHARES * cpus));
}

/** The file by which a process that no container has started joins a cgroup, so that it is found and ended with the others of its pod. */
export async function cgroupEntrance(path: string, root: string = ROOT): Promise<string> {
  const folder = cgroupVersion(root) === 2 ? join(root, path) : join(root, "pids", path);
  await mkdir(folder, { recursive: true });
  return join(folder, "cgroup.procs");
}

/** Removes empty cgroups, innermost first. What still has processes stays. */
export async function removeCgroup(path: string): Promise<void> {
  for (const folder of await cgroupFolders(path)) {
    for (const inner of [...(await subfolders(folder)), folder]) await rmdir(inner).catch(() => {});
  }
}

/** All folders below, deepest first. */
async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const nested = entries
    .filter((entry) => entry.isDirectory())
    .map(async (entry) => {
      const path = join(folder, entry.name);
      return [...(await subfolders(path)), path];
    });
  return (await Promise.all(nested)).flat();
}

/** Use of a container's cgroup: CPU in nanoseconds, memory in bytes without what can be dropped at once. */
export function cgroupUsage(path: string, root: string = ROOT): { cpuNanos: number; memoryBytes: number } {
  const read = (file: string): string => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  };
  const inactive = (stat: string, name: string): number =>
    Number(new RegExp(`^${name} (\\d+)`, "m").exec(stat)?.[1] ?? 0);
  if (cgroupVersion(root) === 2) {
    const folder = join(root, path);
    const cpu = /^usage_usec (\d+)/m.exec(read(join(folder, "cpu.stat")))?.[1] ?? 0;
    const memory = Number(read(join(folder, "memory.current")));
    return {
      cpuNanos: Number(cpu) * 1000,
      memoryBytes: Math.max(0, memory - inactive(read(join(folder, "memory.stat")), "inactive_file")),
    };
  }
  const folder = join(root, "memory", path);
  const memory = Number(read(join(folder, "memory.usage_in_bytes")));
  return {
    cpuNanos: Number(read(join(root, "cpuacct", path, "cpuacct.usage"))),
    memoryBytes: Math.max(0, memory - inactive(read(join(folder, "memory.stat")), "total_inactive_file")),
  };
}
