import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Progress } from "../packages/cli/src/steps.ts";
import { readAptSetup } from "../packages/embedded/node/images/mirror.ts";

const run = promisify(execFile);

/** The oldest kubectl that the API server promises to serve. */
const oldestMinor = 32;

/**
 * The path of a kubectl that is new enough: `$KUBECTL`, the one of the real Kubernetes built beside this project, the one on the
 * PATH, else Debian 13's, unpacked once into `.cache`.
 */
export async function findKubectl(root: string, progress: Progress): Promise<string> {
  const own = join(root, ".cache/kubectl/usr/bin/kubectl");
  const built = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "keelson-kubernetes/bin/kubectl");
  for (const candidate of [process.env["KUBECTL"], built, "kubectl", own]) {
    if (candidate !== undefined && (await minorVersion(candidate)) >= oldestMinor) return candidate;
  }
  progress.waitingFor("Debian's package kubernetes-client");
  await unpackDebianPackage("kubernetes-client", "trixie", join(root, ".cache/kubectl"));
  return own;
}

async function minorVersion(kubectl: string): Promise<number> {
  try {
    const { stdout } = await run(kubectl, ["version", "--client", "-o", "json"]);
    const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
    return Number.parseInt(clientVersion.minor, 10);
  } catch {
    return 0;
  }
}

/** Unpacks one package and what it needs, without running any of its scripts. */
async function unpackDebianPackage(name: string, suite: string, target: string): Promise<void> {
  if (existsSync(target)) rmSync(target, { recursive: true });
  mkdirSync(join(target, ".."), { recursive: true });
  const scratch = mkdtempSync(`${target}.new-`);
  const { mirror, options } = await readAptSetup();
  const aptOptions = ['APT::Install-Recommends "false"', ...options].flatMap((option) => ["--aptopt", option]);
  await run("mmdebstrap", [
    ...["--variant=extract", "--components=main", "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg"],
    ...[`--include=${name}`, ...aptOptions, suite, scratch, ...(mirror === undefined ? [] : [mirror])],
  ]);
  renameSync(scratch, target);
}
