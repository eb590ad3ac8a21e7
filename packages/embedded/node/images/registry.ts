/** Images of registries: skopeo fetches them (and checks every digest), we unpack their layers. */

import { execFile } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
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

/** Fetches a reference and unpacks it into `root`. Throws when the registry does not answer or has no such image. */
export async function pullImage(
  reference: string,
  root: string,
  enterHostNetwork: readonly string[],
  onProgress: (line: string) => void,
): Promise<Omit<Image, "rootfs" | "sizeBytes">> {
  const layout = `${root}.oci`;
  const source = `docker://${reference.startsWith("docker://") ? reference.slice(9) : reference}`;
  await skopeo(enterHostNetwork, [`--command-timeout=${FIRST_ANSWER_SECONDS}s`, "inspect", "--raw", source]);
  onProgress("pulling");
  try {
    await skopeo(enterHostNetwork, ["copy", "--quiet", source, `oci:${layout}:image`]);
    onProgress("unpacking");
    return { ...(await unpackLayout(layout, root)), reference };
  } finally {
    await rm(layout, { recursive: true, force: true });
  }
}

async function skopeo(enterHostNetwork: readonly string[], args: readonly string[]): Promise<void> {
  const [program = "skopeo", ...rest] = [...enterHostNetwork, "skopeo", ...args];
  await run(program, rest, { maxBuffer: 16 * 1024 * 1024 }).catch((error: Error & { stderr?: string }) => {
    const said = /msg="(.*)"/.exec(error.stderr ?? "")?.[1] ?? error.message;
    throw new Error(`pull failed: ${said}`);
  });
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
