import { spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { mirrorProblem, type Settings, suitesToFetch } from "@keelson/embedded/cluster";
import { Failure } from "../failure.ts";
import { existingPart } from "../folder-argument.ts";
import { agentImage, sampleImage } from "./image-build.ts";

/** Bytes that a first start needs in any case: certificates, objects, logs. */
const firstStartBytes = 512 * 1024 ** 2;
/** Bytes that a cluster needs to come back. Few: it has to run for its databases and backups to be removed. */
const laterStartBytes = 32 * 1024 ** 2;
/** Bytes that building the images needs, the sample database with them. */
const imageBytes = 4 * 1024 ** 3;

/** Refuses a command that others than root cannot run. */
export function checkRoot(command: string): void {
  if (process.getuid?.() !== 0)
    throw new Failure(
      `'${command}' makes or ends network namespaces and containers, which needs root: run it as root or with sudo.`,
    );
}

/**
 * Refuses, in one sentence, a machine that cannot run the cluster. Changes nothing but that the kernel has its overlay module loaded.
 * Which system it is, the launcher has asked.
 */
export async function checkMachine(options: {
  readonly data: string;
  readonly images: string;
  readonly withSample: boolean;
}): Promise<void> {
  if (!offersOverlay()) {
    throw new Failure(
      "the kernel offers no overlay file system, which containers need: 'modprobe overlay' says why it cannot be loaded.",
    );
  }
  checkFolder(options.data, { option: "--data", ours: settingsFiles });
  if (options.images !== join(options.data, "images"))
    checkFolder(options.images, { option: "--images", ours: ["store"] });
  checkRoom(options.data, freeBytes(options.data), needOfStart(options.data));
  const suites = await suitesToFetch(options.images, options.withSample ? [agentImage, sampleImage] : [agentImage]);
  if (suites.length === 0) return;
  const remedy = "free some room or choose another place with --images.";
  checkRoom(options.images, freeBytes(options.images), { bytes: imageBytes, what: "building the images", remedy });
  const problem = await mirrorProblem(suites);
  if (problem !== undefined) {
    throw new Failure(
      `the images are built from Debian packages and the package mirror cannot be reached (${problem}): check the network, and the proxy and sources that apt is set up for.`,
    );
  }
}

/** True when overlay file systems can be mounted. Debian and Ubuntu have them in a module, which nothing loads before the first use. */
export function offersOverlay(
  filesystems: () => string = () => readFileSync("/proc/filesystems", "utf8"),
  load: () => void = () => void spawnSync("modprobe", ["overlay"]),
): boolean {
  const isThere = (): boolean => /\boverlay$/m.test(filesystems());
  if (!isThere()) load();
  return isThere();
}

/** What tells that a folder is a cluster's data, also when writing it was cut in the middle. */
export const settingsFiles = ["settings.json", "settings.json.new"];

/** Refuses a folder whose name overlayfs cannot take, that cannot be written, or that holds something of somebody else's. */
export function checkFolder(
  path: string,
  { option, ours }: { readonly option: string; readonly ours: readonly string[] },
): void {
  const sign = /[:,"\\]/.exec(path)?.[0];
  if (sign !== undefined)
    throw new Failure(
      `${option} ${path} has a '${sign}' in it, which overlay mounts cannot take: choose another folder.`,
    );
  checkWritable(path, option);
  if (!existsSync(path)) return;
  const entries = readdirSync(path).filter((name) => name !== "lost+found");
  // It is made unreadable for others, which must not happen to a folder like /tmp.
  if (entries.length === 0 || entries.some((name) => ours.includes(name))) return;
  throw new Failure(`${option} ${path} is not empty and was not made by Keelson: choose a new or empty folder.`);
}

/** Refuses a folder that cannot be written, or made where it is not there yet: on a read-only disk, or where even root is not let. */
export function checkWritable(
  path: string,
  option: string,
  access: (folder: string) => void = (folder) => accessSync(folder, constants.W_OK),
): void {
  try {
    access(existingPart(path));
  } catch (error) {
    throw notWritable(path, option, error);
  }
}

function notWritable(folder: string, option: string, error: unknown): Failure {
  return new Failure(
    `the folder ${folder} cannot be written (${(error as Error).message}): make it writable, or choose another place with ${option}.`,
  );
}

/** Room that something needs, and what a person can do when it is not there. */
export interface RoomNeeded {
  readonly bytes: number;
  readonly what: string;
  readonly remedy: string;
}

/** What a start with this data folder needs: a cluster that is there already comes back with little, and nowhere else. */
export function needOfStart(data: string): RoomNeeded {
  if (!existsSync(join(data, "settings.json"))) {
    const remedy = "free some room or choose another place with --data.";
    return { bytes: firstStartBytes, what: "a start", remedy };
  }
  const remedy = `remove other files on that disk, or ${join(data, "cache")} and ${join(data, "logs")}, which are made again; once it runs, databases and backups can be deleted.`;
  return { bytes: laterStartBytes, what: "a start", remedy };
}

/** Refuses a place with less room than is needed. */
export function checkRoom(folder: string, free: number, needed: RoomNeeded): void {
  if (free >= needed.bytes) return;
  const inWords = (bytes: number): string =>
    bytes < 1024 ** 3 ? `${Math.floor(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  throw new Failure(
    `only ${inWords(free)} are free for ${folder}, but ${needed.what} needs ${inWords(needed.bytes)}: ${needed.remedy}`,
  );
}

/** Bytes that are free for a folder, which need not be there yet. */
function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(existingPart(folder));
  return bavail * bsize;
}

/** Refuses ports that cannot be listened on, and says why. */
export async function checkPorts(settings: Settings): Promise<void> {
  const ports = [
    { port: settings.apiPort, purpose: "the Kubernetes API", option: "--api-port" },
    { port: settings.portalPort, purpose: "the portal", option: "--portal-port" },
  ];
  for (const { port, purpose, option } of ports) {
    const code = await listenError(port);
    if (code === undefined) continue;
    const what = `port ${port} on 127.0.0.1 (${purpose})`;
    throw new Failure(
      code === "EADDRINUSE"
        ? `${what} is taken by another program: end that program or choose another port with ${option}.`
        : `${what} cannot be listened on (${code}): check that the loopback interface is up, or choose another port with ${option}.`,
    );
  }
}

/** The error code of an attempt to listen, or undefined when it worked. */
function listenError(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
}

/** Makes the folders for data and images, for root alone also where they were there, and says so plainly when it cannot. */
export function ensureFolders(data: string, images: string): void {
  for (const [folder, option] of [
    [data, "--data"],
    [images, "--images"],
  ] as const) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
      accessSync(folder, constants.W_OK);
    } catch (error) {
      throw notWritable(folder, option, error);
    }
  }
}
