/** Images of registries: skopeo fetches them (and checks every digest), we unpack their layers. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestOf } from "./alias.ts";
import { applyLayer } from "./layer.ts";
import type { Image } from "./store.ts";

const run = promisify(execFile);

/** A registry that has not answered by then counts as not reachable. Seconds. */
const FIRST_ANSWER_SECONDS = 10;

/** `docker.io` for a short reference, else its host. */
export function registryOf(reference: string): string {
  const [host = "", rest] = reference.split("/", 2);
  return rest !== undefined && (/[.:]/.test(host) || host === "localhost") ? host : "docker.io";
}

/** A registry that could not be reached, or did not answer in time: it may be left alone for a while. */
export class RegistryUnreachable extends Error {}

/** How a registry is spoken to. */
interface RegistryAccess {
  readonly enterHostNetwork: readonly string[];
  /** Ends the talk. */
  readonly signal: AbortSignal | undefined;
}

/** Says which image the reference means now: the digest of its manifest. Throws when the registry does not answer or has no such image. */
export async function askRegistry(reference: string, access: RegistryAccess): Promise<string> {
  const source = `docker://${withoutScheme(reference)}`;
  const limit = `--command-timeout=${FIRST_ANSWER_SECONDS}s`;
  const manifest = await skopeo(access, [limit, "inspect", "--raw", exact(source)]);
  return `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
}

/** Fetches the image that `digest` names and unpacks it into `root`. A registry that stalls is waited for until the signal is given. */
export async function pullImage(
  { reference, digest, root }: { readonly reference: string; readonly digest: string; readonly root: string },
  access: RegistryAccess,
  onProgress: (line: string) => void,
): Promise<Omit<Image, "rootfs" | "sizeBytes">> {
  const layout = `${root}.oci`;
  const source = `docker://${repositoryOf(withoutScheme(reference))}@${digest}`;
  onProgress("pulling");
  try {
    await skopeo(access, ["copy", "--quiet", source, `oci:${layout}:image`]);
    onProgress("unpacking");
    return { ...(await unpackLayout(layout, root)), reference };
  } finally {
    await rm(layout, { recursive: true, force: true });
  }
}

const withoutScheme = (reference: string): string => reference.replace(/^docker:\/\//, "");

/** A reference without tag and digest. */
function repositoryOf(reference: string): string {
  return reference.replace(/@[^/]*$/, "").replace(/:[^/:]*$/, "");
}

/** With a digest a tag says nothing more, and skopeo takes only one of them. */
function exact(reference: string): string {
  const digest = digestOf(reference);
  return digest === undefined ? reference : `${repositoryOf(reference)}@${digest}`;
}

const CONNECTION_FAILURE =
  /dial (tcp|udp)|no such host|connection (refused|reset)|timeout|timed out|deadline exceeded|unreachable|no route to host|server misbehaving|\bEOF\b/i;

/** However its caller ends, it ends too. */
const WITH_CALLER = ["setpriv", "--pdeathsig", "KILL"];

async function skopeo({ enterHostNetwork, signal }: RegistryAccess, args: readonly string[]): Promise<Buffer> {
  signal?.throwIfAborted();
  const [program = "", ...rest] = [...WITH_CALLER, ...enterHostNetwork, "skopeo", ...args];
  const running = run(program, rest, { maxBuffer: 16 * 1024 * 1024, encoding: "buffer" });
  const end = (): void => void running.child.kill();
  signal?.addEventListener("abort", end);
  try {
    // Its end is waited for: what it wrote is taken away then.
    return (await running).stdout;
  } catch (error) {
    signal?.throwIfAborted();
    const { message, stderr } = error as Error & { stderr?: Buffer };
    const said = /msg="(.*)"/.exec(stderr?.toString() ?? "")?.[1] ?? message;
    const Failure = CONNECTION_FAILURE.test(said) ? RegistryUnreachable : Error;
    throw new Failure(`pull failed: ${said}`);
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

interface Descriptor {
  digest: string;
}

interface OciConfig {
  config?: { User?: string; WorkingDir?: string; Env?: string[]; Entrypoint?: string[] | null; Cmd?: string[] | null };
}

/** Unpacks the one image of an OCI layout. Layers are applied in order, with their whiteouts. */
export async function unpackLayout(
  layout: string,
  root: string,
): Promise<Omit<Image, "rootfs" | "sizeBytes" | "reference">> {
  const blob = (descriptor: Descriptor): string => join(layout, "blobs", descriptor.digest.replace(":", "/"));
  const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as { manifests: Descriptor[] };
  const first = index.manifests[0];
  if (first === undefined) throw new Error(`no image in ${layout}`);
  const manifest = JSON.parse(await readFile(blob(first), "utf8")) as { config: Descriptor; layers: Descriptor[] };
  const { config = {} } = JSON.parse(await readFile(blob(manifest.config), "utf8")) as OciConfig;

  await mkdir(root, { recursive: true });
  for (const layer of manifest.layers) await applyLayer(blob(layer), root);
  return {
    id: manifest.config.digest,
    config: {
      ...(config.User ? { user: config.User } : {}),
      ...(config.WorkingDir ? { workingDir: config.WorkingDir } : {}),
      env: Object.fromEntries(
        (config.Env ?? []).map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]),
      ),
      entrypoint: config.Entrypoint ?? [],
      command: config.Cmd ?? [],
    },
  };
}
