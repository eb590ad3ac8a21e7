/** Keeps containers' logs from filling the disk. */

import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { podPaths } from "./container-config.ts";
import type { PodContext } from "./context.ts";
import type { PodWorker } from "./worker.ts";

/** The kubelet's defaults. */
const LONGEST_LOG_BYTES = 10 * 1024 * 1024;
const KEPT_FILES = 5;

/** Renames logs that have grown too long (conmon goes on in a fresh file) and removes the oldest. */
export async function rotateLogs(
  workers: readonly PodWorker[],
  context: Pick<PodContext, "folders" | "runtime">,
): Promise<void> {
  for (const worker of workers) {
    for (const { name, phase, id, restartCount } of Object.values(worker.state.containers)) {
      if (phase !== "running" || id === undefined) continue;
      const file = podPaths.log(context.folders(worker.state.uid), name, restartCount);
      const size = await stat(file).then(
        (info) => info.size,
        () => 0,
      );
      if (size < LONGEST_LOG_BYTES) continue;
      await rename(file, `${file}.${new Date().toISOString().replaceAll(/[-:]/g, "").slice(0, 15)}`);
      await context.runtime.reopenLog(id);
      await removeOldest(file);
    }
  }
}

async function removeOldest(file: string): Promise<void> {
  const folder = dirname(file);
  const rotated = (await readdir(folder)).filter((name) => name.startsWith(`${basename(file)}.`)).sort();
  for (const name of rotated.slice(0, -(KEPT_FILES - 1))) await rm(join(folder, name), { force: true });
}

/** Forgets the logs of lives before the last one. */
export async function removeOldLogs(folder: string, container: string, present: number): Promise<void> {
  const logs = join(folder, "logs", container);
  for (const name of await readdir(logs).catch(() => [])) {
    if (Number.parseInt(name, 10) < present - 1) await rm(join(logs, name), { force: true });
  }
}
