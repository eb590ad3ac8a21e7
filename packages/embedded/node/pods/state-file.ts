/** Pods' states on disk, so that a new node process knows what runs. */

import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Live, Pod } from "@keelson/kube";
import { type PodFolders, podPaths } from "./container-config.ts";
import type { PodState } from "./state.ts";

/** Writes whole or not at all as seen by a process that comes later. */
async function writeJson(file: string, value: unknown): Promise<void> {
  const fresh = `${file}.new`;
  await writeFile(fresh, JSON.stringify(value), { mode: 0o600 });
  await rename(fresh, file);
}

/** Remembers the pod as it was last seen. */
export async function savePod(folders: PodFolders, pod: Live<Pod>): Promise<void> {
  await mkdir(folders.disk, { recursive: true, mode: 0o755 });
  await writeJson(podPaths.pod(folders), pod);
}

export function saveState(folders: PodFolders, state: PodState): Promise<void> {
  return writeJson(podPaths.state(folders), state);
}

/** What an earlier process left. A file that a power cut has spoiled counts as none. */
export async function loadState(folders: PodFolders): Promise<PodState | undefined> {
  return readJson<PodState>(podPaths.state(folders));
}

export function loadPod(folders: PodFolders): Promise<Live<Pod> | undefined> {
  return readJson<Live<Pod>>(podPaths.pod(folders));
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch {
    return undefined;
  }
}

/** UIDs of all pods that have left something. */
export async function savedPods(folder: string): Promise<string[]> {
  return readdir(join(folder)).catch(() => []);
}
