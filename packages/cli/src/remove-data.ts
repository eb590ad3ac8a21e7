import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What removes a file, or a folder with all that is in it. */
type Remove = (path: string) => void;

/**
 * Removes a cluster's data folder. Its settings go last: whenever this is cut in the middle, what is left is still known as ours, or
 * an empty folder.
 */
export function removeData(
  data: string,
  remove: Remove = (path) => rmSync(path, { recursive: true, force: true }),
): void {
  if (!existsSync(data)) return;
  const settings = "settings.json";
  for (const name of readdirSync(data)) if (name !== settings) remove(join(data, name));
  remove(join(data, settings));
  try {
    rmdirSync(data);
  } catch (error) {
    // A disk of its own is mounted there: the empty folder stays.
    if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
  }
}
