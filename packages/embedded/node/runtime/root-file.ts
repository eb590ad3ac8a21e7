/** Files of an image, read from outside of it: links lead where they would in a container, never to the machine's own files. */

import { constants } from "node:fs";
import { open, readlink } from "node:fs/promises";
import { join, posix } from "node:path";

/** More links than this on one path are a ring, as the kernel sees it. */
const MOST_LINKS = 40;

/** A regular file's text; undefined when it is not there. Throws for anything else and for more than `maxBytes`. */
export async function readRootFile(root: string, path: string, maxBytes: number): Promise<string | undefined> {
  const target = await resolveInRoot(root, path);
  try {
    // Without waiting: a pipe would never open.
    await using file = await open(join(root, target), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const info = await file.stat();
    if (!info.isFile() || info.size > maxBytes)
      throw new Error(`the image's ${path} is not a file of at most ${maxBytes / 1024} KiB`);
    return await file.readFile("utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Where a path leads for a process whose root this is, as a path from that root without links. */
async function resolveInRoot(root: string, path: string): Promise<string> {
  const ahead = path.split("/");
  let here = "/";
  for (let links = 0; ahead.length > 0; ) {
    const next = posix.join(here, ahead.shift() ?? "");
    const target = await readlink(join(root, next)).catch(() => undefined);
    if (target === undefined) {
      here = next;
      continue;
    }
    if (++links > MOST_LINKS) throw new Error(`the image's ${path} goes through a ring of links`);
    ahead.unshift(...target.split("/"));
    if (target.startsWith("/")) here = "/";
  }
  return here;
}
