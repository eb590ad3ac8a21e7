/**
 * Puts one layer of a pulled image over those before it. Whoever made the image chose every name in it, so nothing is written,
 * linked or removed before it is known to be inside the root: tar and rm follow the links that an earlier layer has left.
 */

import { execFile } from "node:child_process";
import type { Stats } from "node:fs";
import { lstat, readdir, readlink, rm } from "node:fs/promises";
import { posix } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a layer says about one path. Names are bytes, one character each (latin1), relative to the root, without `.` and end slash. */
export interface LayerEntry {
  readonly path: string;
  readonly kind: "folder" | "symlink" | "hardlink" | "other";
  /** hardlink only: what it is another name of. */
  readonly source?: string;
}

/** A layer that would reach out of the image's root. */
export class LayerError extends Error {}

/** More links than this on one path are a ring. */
const MOST_LINKS = 40;

/** Unpacks a layer (a tar, however compressed) over `root`, with its whiteouts. Throws LayerError before anything outside of it is touched. */
export async function applyLayer(layer: string, root: string): Promise<void> {
  const list = ["--list", "--verbose", "--quoting-style=c", "--numeric-owner", "--file", layer];
  const { stdout } = await run("tar", list, {
    maxBuffer: 256 * 1024 * 1024,
    encoding: "latin1",
    env: { ...process.env, LC_ALL: "C" },
  });
  await makeRoom(parseListing(stdout), Buffer.from(root).toString("latin1"));
  await run("tar", [
    "-xpf",
    layer,
    "-C",
    root,
    "--numeric-owner",
    // File capabilities, which tar leaves out by itself. Not 'trusted.*': overlayfs takes its own orders from there.
    "--xattrs-include=security.capability",
    "--xattrs-include=user.*",
    "--exclude=.wh.*",
    "--delay-directory-restore",
  ]);
}

/** Checks every entry, and takes away what the layer replaces or whites out. */
async function makeRoom(entries: readonly LayerEntry[], root: string): Promise<void> {
  const whiteouts = entries.flatMap((entry) => whiteout(entry.path) ?? []);
  const present = entries.filter(({ path }) => path !== "" && whiteout(path) === undefined);
  // What the layer itself links is not on the disk yet, so it is known by its place.
  const links = new Set<string>();
  for (const { path, kind } of present) {
    if (kind === "symlink" || kind === "hardlink") links.add(await place(path, root, new Set()));
  }
  for (const { path, kind, source } of present) {
    if (source !== undefined) await place(source, root, links);
    const target = await place(path, root, links);
    if (kind === "folder" && links.has(target)) throw new LayerError(`${path} is both a folder and a link`);
    const isFolder = (await lstatOf(root, target))?.isDirectory();
    // A folder stays under a folder; everything else is replaced, as the image format has it.
    if (isFolder !== undefined && !(isFolder && kind === "folder")) await remove(root, target);
  }
  for (const { folder, name } of whiteouts) {
    const inside = await place(`${folder}/x`, root, links).then(posix.dirname);
    if (name !== undefined) await remove(root, posix.join(inside, name));
    else if ((await lstatOf(root, inside))?.isDirectory()) {
      for (const each of await readdir(bytes(root, inside), { encoding: "latin1" }))
        await remove(root, posix.join(inside, each));
    }
  }
}

/** Where a path really is, relative to the root: links before its last part are followed. Throws when that leaves the root. */
async function place(path: string, root: string, links: ReadonlySet<string>, followed = 0): Promise<string> {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  let here = "";
  for (const [index, part] of parts.entries()) {
    if (part === "..") {
      if (here === "") throw new LayerError(`${path} leads out of the image`);
      here = posix.join(here, "..").replace(/^\.$/, "");
      continue;
    }
    here = posix.join(here, part);
    if (index === parts.length - 1) break;
    if (links.has(here)) throw new LayerError(`${path} goes through ${here}, a link of the same layer`);
    if (!(await lstatOf(root, here))?.isSymbolicLink()) continue;
    const target = await readlink(bytes(root, here), { encoding: "latin1" });
    if (target.startsWith("/")) throw new LayerError(`${path} goes through ${here}, which leads to ${target}`);
    if (followed >= MOST_LINKS) throw new LayerError(`${path} goes through a ring of links`);
    const rest = parts.slice(index + 1).join("/");
    return place(`${posix.dirname(here)}/${target}/${rest}`, root, links, followed + 1);
  }
  return here;
}

async function lstatOf(root: string, path: string): Promise<Stats | undefined> {
  return lstat(bytes(root, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}

async function remove(root: string, path: string): Promise<void> {
  // Never the root itself, whatever a layer calls it.
  if (path !== "" && path !== ".") await rm(bytes(root, path), { recursive: true, force: true });
}

function bytes(root: string, path: string): Buffer {
  return Buffer.from(`${root}/${path}`, "latin1");
}

/** What a whiteout entry removes: one name, or (name undefined) all that is in the folder; undefined for any other entry. */
export function whiteout(path: string): { folder: string; name: string | undefined } | undefined {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!name.startsWith(".wh.")) return undefined;
  if (name === ".wh..wh..opq") return { folder, name: undefined };
  const removed = name.slice(4);
  if (removed === "" || removed === "." || removed === "..")
    throw new LayerError(`${path} removes nothing that can be`);
  return { folder, name: removed };
}

const LINE = /^([-bcdhlpsC])[^"]*"((?:[^"\\]|\\.)*)"(?: (?:->|link to) "((?:[^"\\]|\\.)*)")?$/;
const KINDS: Readonly<Record<string, LayerEntry["kind"]>> = { d: "folder", l: "symlink", h: "hardlink" };

/** Reads `tar --list --verbose --quoting-style=c`. Throws for what it does not know, and for names with `..` in them. */
export function parseListing(text: string): LayerEntry[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, type = "", name = "", target = ""] = LINE.exec(line) ?? [];
      if (type === "") throw new LayerError(`unknown entry: ${line}`);
      const kind = KINDS[type] ?? "other";
      return { path: plain(unquote(name)), kind, ...(kind === "hardlink" ? { source: plain(unquote(target)) } : {}) };
    });
}

function plain(name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new LayerError(`${name} leads out of the image`);
  return parts.join("/");
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function unquote(text: string): string {
  return text.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
  );
}
