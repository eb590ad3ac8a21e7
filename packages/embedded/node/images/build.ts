/** Makes an image's root file system from its recipe. Every builder fills a fresh folder and leaves the rest to the store. */

import { execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { cp, link, mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { packageSources, readAptSetup } from "./mirror.ts";
import { isLeftOut, type Recipe, sourcePath } from "./recipe.ts";

const run = promisify(execFile);

/** What a build is given besides its recipe. */
export interface BuildContext {
  /** Root of the checkout that runs. */
  readonly checkout: string;
  /** Command words put before every program that needs the machine's network. */
  readonly enterHostNetwork: readonly string[];
  readonly onProgress: (line: string) => void;
  /** Everything the tools said, for whom a failure's last words are not enough. */
  readonly logFile: string;
}

/** Fills `root`, an empty folder. Throws an error whose message ends with the tool's last words. */
export async function buildRootfs(recipe: Recipe, root: string, context: BuildContext): Promise<void> {
  switch (recipe.kind) {
    case "debian":
      return buildDebian(recipe, root, context);
    case "static":
      return buildStatic(recipe, root, context);
    case "checkout":
      return buildFromCheckout(recipe, root, context);
  }
}

async function buildDebian(recipe: Recipe, root: string, context: BuildContext): Promise<void> {
  const apt = await readAptSetup();
  const suite = recipe.suite ?? "stable";
  const variables = Object.entries(recipe.variables).map(([name, value]) => `${name}=${value}`);
  const inside = (script: string): string =>
    `chroot "$1" env ${variables.map(quote).join(" ")} sh -s < ${quote(script)}`;
  const options = [
    "--mode=root",
    "--variant=minbase",
    "--components=main",
    "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
    '--aptopt=APT::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    ...apt.options.map((option) => `--aptopt=${option}`),
    "--dpkgopt=force-unsafe-io",
    ...recipe.exclude.map((path) => `--dpkgopt=path-exclude=${path}`),
    `--include=${recipe.packages.join(",")}`,
    ...(recipe.prepare === undefined ? [] : [`--essential-hook=${inside(recipe.prepare)}`]),
    ...(recipe.finish === undefined ? [] : [`--customize-hook=${inside(recipe.finish)}`]),
    suite,
    root,
    ...packageSources(suite, apt),
  ];
  await runTool([...context.enterHostNetwork, ...CONFINED, "mmdebstrap", ...options], context);
}

async function buildStatic(recipe: Recipe, root: string, context: BuildContext): Promise<void> {
  const downloads = `${root}.debs`;
  await mkdir(downloads, { recursive: true });
  const download = `cd ${quote(downloads)} && apt-get -o APT::Sandbox::User=root download ${recipe.packages.map(quote).join(" ")}`;
  await runTool([...context.enterHostNetwork, ...CONFINED, "sh", "-c", download], context);
  await runTool(
    [
      "sh",
      "-c",
      `for deb in ${quote(downloads)}/*.deb; do dpkg-deb -x "$deb" ${quote(root)}; done; rm -r ${quote(downloads)}`,
    ],
    context,
  );
  await runTool(["rm", "-rf", join(root, "usr/share")], context);
  if (recipe.finish !== undefined) {
    await runTool(["sh", "-c", `chroot ${quote(root)} /bin/busybox sh -s < ${quote(recipe.finish)}`], context);
  }
}

async function buildFromCheckout(recipe: Recipe, root: string, context: BuildContext): Promise<void> {
  for (const folder of ["etc", "proc", "sys", "dev", "tmp", "run"])
    await mkdir(join(root, folder), { recursive: true });
  for (const program of recipe.programs) {
    const { stdout } = await run("sh", ["-c", 'command -v -- "$1" || true', "sh", program]);
    const found = stdout.trim().startsWith("/") ? stdout.trim() : `/usr/bin/${program}`;
    await copyProgram(found, join(root, "usr/bin", program), root);
  }
  await run("ln", ["-sfn", "usr/bin", join(root, "bin")]);
  for (const [target, source] of Object.entries(recipe.files)) {
    const from = sourcePath(source, context.checkout);
    if (source === "$NODE") await copyProgram(from, join(root, target), root);
    else await cp(from, join(root, target), { recursive: true, filter: (path) => !isLeftOut(path) });
  }
}

/** Copies a program and the libraries it is linked with; hard links where both are on one file system. */
async function copyProgram(from: string, to: string, root: string): Promise<void> {
  await linkOrCopy(from, to);
  const { stdout } = await run("ldd", [from]).catch(() => ({ stdout: "" }));
  for (const match of stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)) {
    const library = match[1] ?? "";
    await linkOrCopy(library, join(root, library)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const real = (await run("readlink", ["-f", from])).stdout.trim();
  try {
    await link(real, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    await cp(real, to);
  }
}

/** Own mount and pid namespaces: whatever ends the build, no mount and no process of it is left. */
const CONFINED = [
  "setpriv",
  "--pdeathsig",
  "KILL",
  "unshare",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
];

async function runTool(words: readonly string[], context: BuildContext): Promise<void> {
  const [program, ...args] = words;
  if (program === undefined) throw new Error("no program");
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
  });
  const log = createWriteStream(context.logFile, { flags: "a" });
  // A build that goes well needs no log; one that cannot write fails by itself.
  log.on("error", () => {});
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      log.write(`${line}\n`);
      last.push(line);
      if (last.length > 12) last.shift();
      if (line.startsWith("I: ")) context.onProgress(line.slice(3));
    });
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? 1));
  });
  log.end();
  const tool = words.find((word) => /^(mmdebstrap|sh|rm)$/.test(word)) ?? program;
  if (code !== 0) throw new Error(`${tool} ended with ${code} (see ${context.logFile}): ${last.join(" | ")}`);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Bytes on disk of a folder tree, counted once per hard link. */
export async function treeSizeBytes(root: string): Promise<number> {
  const { stdout } = await run("du", ["-sk", "-x", root]);
  return Number.parseInt(stdout, 10) * 1024;
}

/** True when a file can be read as JSON with an `id`: an image that was finished. */
export async function isFinished(imageJson: string): Promise<boolean> {
  try {
    return (await stat(imageJson)).isFile() && "id" in (JSON.parse(await readFile(imageJson, "utf8")) as object);
  } catch {
    return false;
  }
}
