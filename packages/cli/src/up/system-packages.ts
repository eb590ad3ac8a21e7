import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { Failure } from "../failure.ts";
import type { Progress } from "../steps.ts";

const run = promisify(execFile);

/** Debian's package for each program that the embedded cluster calls, and for a file by its whole path. */
const packageOf: Readonly<Record<string, string>> = {
  runc: "runc",
  conmon: "conmon",
  nft: "nftables",
  ip: "iproute2",
  mmdebstrap: "mmdebstrap",
  skopeo: "skopeo",
  socat: "socat",
  zstd: "zstd",
  nsenter: "util-linux",
  // Ubuntu has keys of its own; the images are Debian's.
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
};

const searchPath = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The system packages that are still to be installed, sorted. */
export function missingPackages(isThere: (path: string) => boolean = existsSync): string[] {
  const places = (program: string): string[] =>
    program.startsWith("/") ? [program] : searchPath.map((folder) => `${folder}/${program}`);
  const missing = Object.entries(packageOf).filter(([program]) => !places(program).some(isThere));
  return [...new Set(missing.map(([, name]) => name))].sort();
}

/** Installs system packages with apt. Throws a Failure with apt's last words when it cannot. */
export async function installPackages(names: readonly string[], progress: Progress): Promise<void> {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = async (args: readonly string[]): Promise<void> => {
    try {
      await run("apt-get", ["-o", "DPkg::Lock::Timeout=60", ...args], { env: environment, maxBuffer: 64 * 1024 ** 2 });
    } catch (error) {
      const words = (error as { stderr?: string }).stderr?.trim().split("\n").slice(-2).join(" ") ?? String(error);
      throw new Failure(
        `apt-get ${args[0]} failed (${words}): check that the system's package sources can be reached, or install ${names.join(", ")} by hand.`,
      );
    }
  };
  progress.waitingFor("apt-get update");
  await apt(["update", "-qq"]);
  progress.waitingFor(`apt-get install ${names.join(" ")}`);
  // Whatever would have to go for it is the administrator's to decide.
  await apt(["install", "-y", "-qq", "--no-install-recommends", "--no-remove", ...names]);
}
