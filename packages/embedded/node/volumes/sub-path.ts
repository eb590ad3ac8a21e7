/**
 * What a mount's `subPath` names. A volume belongs to its pods, which may put links into it and exchange folders at any moment, so
 * the way is gone folder by folder without following a link, and what was found is held open until it has been mounted.
 */

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import {
  chmod,
  chown,
  type FileHandle,
  mkdir,
  open,
  readdir,
  realpath,
  rmdir,
  stat,
  unlink,
  writeFile,
} from "node:fs/promises";
import { join, relative } from "node:path";
import { runCommand } from "../network/command.ts";

/** O_PATH, which Node does not name: a handle on a place, which reads nothing and waits for nobody. */
const PLACE = 0o10000000 | constants.O_NOFOLLOW;
const FOLDER = PLACE | constants.O_DIRECTORY;

/**
 * Opens a path in a volume; folders that are not there are made as the volume's own root is. Links that are in the volume already are
 * followed as far as they stay in it. Throws before anything is made elsewhere. The caller closes the handle.
 */
export async function openSubPath(volume: string, path: string): Promise<FileHandle> {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path.startsWith("/") || parts.includes("..")) throw new Error(`subPath ${path} must stay inside the volume`);
  const root = await realpath(volume);
  const { real, missing } = await deepestThatIs(root, parts);
  const inside = relative(root, real);
  if (inside === ".." || inside.startsWith("../")) throw new Error(`subPath ${path} leads out of the volume`);
  return walk(root, [...inside.split("/").filter((part) => part !== ""), ...missing]);
}

/** Where the runtime finds it; gone, with nothing of the volume, when it is disposed of. A container that was made keeps its own. */
export interface SubPathMount extends AsyncDisposable {
  readonly path: string;
}

/** Mounts what is open under a name of ours in `folder`, which the volume's pods cannot reach: the runtime must get a name. */
export async function mountSubPath(volume: string, path: string, folder: string): Promise<SubPathMount> {
  await using handle = await openSubPath(volume, path);
  const info = await handle.stat();
  const target = join(folder, randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await (info.isDirectory() ? mkdir(target, { mode: 0o700 }) : writeFile(target, ""));
  const mounted = { path: target, [Symbol.asyncDispose]: () => removeMount(target) };
  try {
    await runCommand(["mount", "--no-canonicalize", "--bind", `/proc/${process.pid}/fd/${handle.fd}`, target]);
    const seen = await stat(target);
    if (seen.dev !== info.dev || seen.ino !== info.ino)
      throw new Error(`subPath ${path} was exchanged while it was mounted`);
    return mounted;
  } catch (error) {
    await removeMount(target);
    throw error;
  }
}

/** Takes away what a node process that was killed has left in the folder. */
export async function removeSubPathMounts(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) await removeMount(join(folder, name));
}

/** Never recursively: were it mounted still, that would empty the volume. What cannot be removed now is tried again at the next start. */
async function removeMount(target: string): Promise<void> {
  await runCommand(["umount", "--lazy", "--quiet", target]).catch(() => {});
  await rmdir(target).catch(() => unlink(target).catch(() => {}));
}

async function deepestThatIs(root: string, parts: readonly string[]): Promise<{ real: string; missing: string[] }> {
  for (let count = parts.length; ; count--) {
    try {
      return { real: await realpath(join(root, ...parts.slice(0, count))), missing: parts.slice(count) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || count === 0) throw error;
    }
  }
}

async function walk(root: string, parts: readonly string[]): Promise<FileHandle> {
  const { uid, gid, mode } = await stat(root);
  let here = await open(root, FOLDER);
  for (const [index, part] of parts.entries()) {
    // Through the handle: what has this name in that very folder.
    const path = `/proc/self/fd/${here.fd}/${part}`;
    try {
      const isNew = await mkdir(path, { mode: 0o750 }).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EEXIST") return false;
          throw error;
        },
      );
      const next = await open(path, isNew || index < parts.length - 1 ? FOLDER : PLACE);
      await here.close();
      here = next;
      if ((await here.stat()).isSymbolicLink()) throw new Error(`subPath ${parts.join("/")} ends in a link`);
      if (isNew) {
        await chown(`/proc/self/fd/${here.fd}`, uid, gid);
        await chmod(`/proc/self/fd/${here.fd}`, mode & 0o7777);
      }
    } catch (error) {
      await here.close();
      throw error;
    }
  }
  return here;
}
