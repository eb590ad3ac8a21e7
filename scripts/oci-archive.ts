/** Writes an image of ours as an OCI archive, for clusters that are given their images as files (`ctr images import`, `podman load`, ...). */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { type Image, openImageStore } from "../packages/embedded/node/images/index.ts";

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** A piece of an OCI layout, as manifests and indexes name it. */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Makes `file` of the image: one layer, uncompressed. `name` is what pods will call it, with its registry and tag. */
export async function writeOciArchive(
  image: Pick<Image, "rootfs" | "config">,
  name: string,
  file: string,
): Promise<void> {
  const layout = await mkdtemp(`${file}.layout-`);
  try {
    await mkdir(join(layout, "blobs/sha256"), { recursive: true });
    const layer = await addLayer(layout, image.rootfs);
    const config = await addJson(layout, "application/vnd.oci.image.config.v1+json", {
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: {
        User: image.config.user,
        WorkingDir: image.config.workingDir,
        Env: Object.entries(image.config.env).map(([key, value]) => `${key}=${value}`),
        Entrypoint: image.config.entrypoint,
        Cmd: image.config.command,
      },
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    });
    const manifest = await addJson(layout, manifestType, {
      schemaVersion: 2,
      mediaType: manifestType,
      config,
      layers: [layer],
    });
    const annotations = {
      "io.containerd.image.name": name,
      "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
    };
    const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
    await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    await writeFile(join(layout, "index.json"), JSON.stringify(index));
    await tar(["-cf", join(layout, "archive"), "-C", layout, "oci-layout", "index.json", "blobs"]);
    await rename(join(layout, "archive"), file);
  } finally {
    await rm(layout, { recursive: true, force: true });
  }
}

/** The tree as a tar of numeric owners and extended attributes; names in order, so that the same tree gives the same digest. */
async function addLayer(layout: string, rootfs: string): Promise<Descriptor> {
  const unnamed = join(layout, "layer");
  const hash = createHash("sha256");
  let size = 0;
  const counted = new PassThrough();
  counted.on("data", (chunk: Buffer) => {
    hash.update(chunk);
    size += chunk.length;
  });
  const written = pipeline(counted, createWriteStream(unnamed));
  const form = ["--format=posix", "--pax-option=delete=atime,delete=ctime", "--sort=name", "--numeric-owner"];
  await Promise.all([tar(["-c", ...form, "--xattrs", "--xattrs-include=*", "-C", rootfs, "."], counted), written]);
  const digest = hash.digest("hex");
  await rename(unnamed, join(layout, "blobs/sha256", digest));
  return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${digest}`, size };
}

async function addJson(layout: string, mediaType: string, value: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = createHash("sha256").update(bytes).digest("hex");
  await writeFile(join(layout, "blobs/sha256", digest), bytes);
  return { mediaType, digest: `sha256:${digest}`, size: bytes.length };
}

async function tar(args: readonly string[], output?: PassThrough): Promise<void> {
  const child = spawn("tar", args, { stdio: ["ignore", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const copied = output === undefined ? undefined : pipeline(child.stdout, output);
  const [code] = await Promise.all([ended, copied]);
  if (code !== 0) throw new Error(`tar ended with ${code}: ${complaint.trim()}`);
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { images: { type: "string" } } });
  const [reference, name, file] = positionals;
  if (values.images === undefined || reference === undefined || name === undefined || file === undefined) {
    console.error("usage: node scripts/oci-archive.ts --images DIR REFERENCE NAME FILE.tar");
    console.error(
      "e.g.   node scripts/oci-archive.ts --images /var/lib/keelson/images keelson/agent:dev docker.io/keelson/agent:dev agent.tar",
    );
    process.exit(2);
  }
  const store = openImageStore({ folder: values.images, onProgress: (_, line) => console.error(line) });
  await mkdir(dirname(file), { recursive: true });
  await writeOciArchive((await store.ensure(reference)).image, name, file);
}
