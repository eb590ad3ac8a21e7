import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { Failure } from "../failure.ts";

/** Bytes that a first start with its images and sample database needs. */
const neededBytes = 4 * 1024 ** 3;

/** Refuses, in one sentence, a machine that cannot run the cluster. Changes nothing. */
export async function checkMachine(options: {
  readonly data: string;
  readonly ports: readonly { readonly port: number; readonly purpose: string; readonly option: string }[];
}): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Failure("'up' makes network namespaces and containers, which needs root: run it as root or with sudo.");
  checkSystem(readIfThere("/etc/os-release") ?? "");
  if (!/\boverlay$/m.test(readFileSync("/proc/filesystems", "utf8"))) {
    throw new Failure(
      "the kernel offers no overlay file system, which containers need: load it with 'modprobe overlay'.",
    );
  }
  checkDisk(options.data);
  for (const { port, purpose, option } of options.ports) {
    if (!(await isPortFree(port))) {
      throw new Failure(
        `port ${port} on 127.0.0.1 (${purpose}) is taken by another program: end that program or choose another port with ${option}.`,
      );
    }
  }
}

/** @param release the text of os-release(5) */
export function checkSystem(release: string): void {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(release)?.[1] ?? "";
  const system = `${field("ID")} ${field("VERSION_ID")}`;
  if (["debian 12", "debian 13", "ubuntu 24.04"].includes(system)) return;
  throw new Failure(
    `this system is ${field("PRETTY_NAME") || "unknown"}; the embedded mode runs on Debian 12, Debian 13 and Ubuntu 24.04: use one of these.`,
  );
}

function checkDisk(data: string): void {
  let existing = data;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  const free = bavail * bsize;
  if (existsSync(join(data, "images")) || free >= neededBytes) return;
  const gigabytes = (free / 1024 ** 3).toFixed(1);
  throw new Failure(
    `only ${gigabytes} GiB are free for ${data}, but the first start needs 4 GiB: free some room or choose another place with --data.`,
  );
}

function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Makes the data directory and says so plainly when it cannot be written. */
export function ensureDataDirectory(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    accessSync(data, constants.W_OK);
  } catch (error) {
    throw new Failure(
      `the data directory ${data} cannot be written (${(error as Error).message}): choose another place with --data.`,
    );
  }
}
