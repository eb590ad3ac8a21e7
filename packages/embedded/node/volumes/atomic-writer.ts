/**
 * A folder whose files change all at once, under the eyes of running programs. Layout and order are Kubernetes': the files are in
 * a dated folder, `..data` points to it, every visible name points through `..data`. Renaming `..data` is the switch.
 */

import { randomBytes } from "node:crypto";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";

export interface PayloadFile {
  readonly data: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** Files by path relative to the volume. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const DATA_LINK = "..data";

/** Writes the payload unless the folder shows exactly it. Answers whether anything changed. */
export async function writeAtomically(folder: string, payload: Payload, group: number | undefined): Promise<boolean> {
  for (const path of payload.keys()) assertInside(path);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const current = await readlink(join(folder, DATA_LINK)).catch(() => undefined);
  if (current !== undefined && (await shows(join(folder, current), payload))) return false;

  const fresh = `..${new Date().toISOString().replaceAll(/[-:T]/g, "_").slice(0, 19)}.${randomBytes(4).toString("hex")}`;
  await writeFiles(join(folder, fresh), payload, group);
  const fallback = `${DATA_LINK}_tmp`;
  await rm(join(folder, fallback), { force: true });
  await symlink(fresh, join(folder, fallback));
  await rename(join(folder, fallback), join(folder, DATA_LINK));
  await syncVisibleNames(folder, payload);
  if (current !== undefined) await rm(join(folder, current), { recursive: true, force: true });
  if (group !== undefined) await giveToGroup(folder, group);
  return true;
}

function assertInside(path: string): void {
  if (path.startsWith("/") || path.split("/").includes("..") || path.startsWith(".."))
    throw new Error(`path ${path} leaves the volume`);
}

async function shows(folder: string, payload: Payload): Promise<boolean> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (names === undefined || names.filter((entry) => entry.isFile()).length !== payload.size) return false;
  for (const [path, file] of payload) {
    const data = await readFile(join(folder, path)).catch(() => undefined);
    if (data === undefined || !data.equals(file.data)) return false;
  }
  return true;
}

async function writeFiles(folder: string, payload: Payload, group: number | undefined): Promise<void> {
  await mkdir(folder, { mode: 0o755 });
  for (const [path, file] of payload) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await writeFile(target, file.data);
    if (group !== undefined) await chown(target, 0, group);
    // The group reads everything that is given to it, whatever the mode asked for.
    await chmod(target, group === undefined ? file.mode : file.mode | 0o440);
  }
}

/** The first path element of every file is a link into ..data; links to files that are gone go too. */
async function syncVisibleNames(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split("/")[0] ?? path));
  for (const name of wanted) {
    await symlink(join(DATA_LINK, name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  for (const name of await readdir(folder)) {
    if (name.startsWith("..") || wanted.has(name)) continue;
    if ((await lstat(join(folder, name))).isSymbolicLink()) await rm(join(folder, name));
  }
}

async function giveToGroup(folder: string, group: number): Promise<void> {
  await chown(folder, 0, group);
  await chmod(folder, 0o2775);
}
