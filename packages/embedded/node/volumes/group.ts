/**
 * Gives a volume to a group (`fsGroup`). The volume may be in use: its pods remove files, and put links in the place of files and
 * folders, at any moment. So the way is gone by open folders, nothing is changed through a link, and what is gone is no failure.
 */

import { constants, type Stats } from "node:fs";
import { chmod, chown, type FileHandle, lchown, lstat, open, readdir } from "node:fs/promises";

/** O_PATH, which Node does not name: a handle on a place, which reads nothing and waits for nobody. */
const PLACE = 0o10000000 | constants.O_NOFOLLOW;

/** Files that are looked at side by side. */
const AT_A_TIME = 16;

const READ_WRITE = 0o660;
/** Folders can be entered, and what is made in them is the group's too. */
const FOLDER = 0o2770;

/** The group owns, reads and writes everything in the volume. With `onlyIfRootDiffers` a volume that was given before is left. */
export async function giveVolumeToGroup(path: string, group: number, onlyIfRootDiffers: boolean): Promise<void> {
  await using root = await open(path, PLACE | constants.O_DIRECTORY);
  const info = await root.stat();
  if (onlyIfRootDiffers && info.gid === group && (info.mode & 0o2070) === 0o2070) return;
  await giveContent(root, group);
  // The root comes last: a volume whose root matches has been done wholly.
  await give(root, group);
}

async function giveContent(folder: FileHandle, group: number): Promise<void> {
  const here = placeOf(folder);
  const names = await readdir(here);
  for (let start = 0; start < names.length; start += AT_A_TIME) {
    const paths = names.slice(start, start + AT_A_TIME).map((name) => `${here}/${name}`);
    const folders = await Promise.all(paths.map((path) => unlessGone(giveFile(path, group))));
    for (const path of folders) if (path !== undefined) await unlessGone(giveFolder(path, group));
  }
}

/** Answers the path when it is a folder. */
async function giveFile(path: string, group: number): Promise<string | undefined> {
  const seen = await lstat(path);
  if (seen.isDirectory()) return path;
  if (seen.isSymbolicLink()) {
    if (seen.gid !== group) await lchown(path, seen.uid, group);
    return undefined;
  }
  // Most files have been given before: only what has to be changed is opened.
  if (isGiven(seen, group)) return undefined;
  await using file = await open(path, PLACE);
  await give(file, group);
  return undefined;
}

async function giveFolder(path: string, group: number): Promise<void> {
  await using folder = await open(path, PLACE | constants.O_DIRECTORY);
  await giveContent(folder, group);
  await give(folder, group);
}

/** Gone since it was seen, or something else by now: nothing that the pod starts with. */
async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function give(entry: FileHandle, group: number): Promise<void> {
  const info = await entry.stat();
  if (info.isSymbolicLink() || isGiven(info, group)) return;
  const path = placeOf(entry);
  if (info.gid !== group) await chown(path, info.uid, group);
  // After the change of owner, which may take bits away.
  await chmod(path, wantedMode(info));
}

type Info = Pick<Stats, "gid" | "mode" | "isDirectory">;

function isGiven(info: Info, group: number): boolean {
  return info.gid === group && (info.mode & 0o7777) === wantedMode(info);
}

function wantedMode(info: Info): number {
  return (info.mode & 0o7777) | (info.isDirectory() ? FOLDER : READ_WRITE);
}

function placeOf(handle: FileHandle): string {
  return `/proc/self/fd/${handle.fd}`;
}
