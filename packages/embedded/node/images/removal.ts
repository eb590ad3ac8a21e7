/**
 * Takes images away that nobody uses. Who uses one mounts it: containers as the lower layer of their root, pods as a volume. An image
 * goes by being renamed, so half of one is never taken for a whole; and it is looked for among the mounts once more afterwards, so that
 * who has mounted it in between keeps it. (Who mounts it later finds nothing under its name.)
 */

import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const SUFFIX = ".removed";

/** Removes store/NAME of an image folder, unless it is in use. */
export async function removeUnused(folder: string, name: string): Promise<void> {
  if (await isMounted(name)) return;
  const [present, given] = [join(folder, "store", name), join(folder, "tmp", `${name}${SUFFIX}`)];
  // Somebody else is removing it, or has begun to in an earlier life: `removeGivenUp` goes on with that.
  const renamed = await rename(present, given).then(
    () => true,
    () => false,
  );
  if (!renamed) return;
  if (await isMounted(name)) await rename(given, present).catch(() => {});
  else await rm(given, { recursive: true, force: true });
}

/** Removes what a process that was killed had begun to remove. */
export async function removeGivenUp(folder: string): Promise<void> {
  for (const entry of await readdir(join(folder, "tmp"))) {
    if (!entry.endsWith(SUFFIX) || (await isMounted(entry.slice(0, -SUFFIX.length)))) continue;
    await rm(join(folder, "tmp", entry), { recursive: true, force: true });
  }
}

/** Whether an image is mounted from its place in the store, or from the place it was given up to. */
async function isMounted(name: string): Promise<boolean> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  return mounts.includes(`/store/${name}/`) || mounts.includes(`/tmp/${name}${SUFFIX}/`);
}
