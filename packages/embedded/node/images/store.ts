/**
 * The images of a machine, in one folder shared by all nodes: built or pulled once, never changed afterwards.
 *
 *   store/NAME-DIGEST/{rootfs/, image.json}   a whole image; image.json is written last
 *   tmp/                                      work in progress; whatever is left there is rubbish
 */

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { privateFolder } from "../../machine/private-folder.ts";
import { type Alias, comparable, standIn } from "./alias.ts";
import { buildRootfs, treeSizeBytes } from "./build.ts";
import { lockFile } from "./lock.ts";
import { type ImageConfig, type Recipe, recipeDigest } from "./recipe.ts";
import { pullImage, registryOf } from "./registry.ts";

/** An image that is on this machine. */
export interface Image {
  /** `sha256:` and the digest of what it was made from. */
  readonly id: string;
  /** What it is: the recipe's reference, or the reference it was pulled by. */
  readonly reference: string;
  readonly rootfs: string;
  readonly config: ImageConfig;
  readonly sizeBytes: number;
}

/** An image as a pod gets it. */
export interface Resolved {
  readonly image: Image;
  /** False when it had been there already. */
  readonly fetched: boolean;
  /** True when another image was asked for, and this one stands in for it. */
  readonly standsIn: boolean;
}

export interface StoreOptions {
  readonly folder: string;
  readonly checkout: string;
  readonly recipes: ReadonlyMap<string, Recipe>;
  readonly aliases: readonly Alias[];
  /** never: only recipes are used. */
  readonly registries: "auto" | "never";
  readonly enterHostNetwork: readonly string[];
  readonly onProgress: (reference: string, line: string) => void;
}

/** How long a registry that did not answer is left alone. */
const REGISTRY_PAUSE_MS = 10 * 60_000;

export class ImageStore {
  readonly #options: StoreOptions;
  readonly #running = new Map<string, Promise<{ image: Image; fetched: boolean }>>();
  readonly #silentRegistries = new Map<string, number>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** The image if it is here already. */
  async find(reference: string): Promise<Resolved | undefined> {
    const pulled = await this.#read(pulledFolderName(reference));
    if (pulled !== undefined) return { image: pulled, fetched: false, standsIn: false };
    const recipe = this.#recipeFor(reference);
    const image = recipe === undefined ? undefined : await this.#read(this.#folderName(recipe));
    return image === undefined ? undefined : { image, fetched: false, standsIn: !this.#options.recipes.has(reference) };
  }

  /**
   * The image, pulled or built when it is not here. Concurrent calls, also of other processes, share one build.
   * Throws when no registry has it and no recipe makes it; the message says which was tried.
   */
  async ensure(reference: string): Promise<Resolved> {
    const present = await this.find(reference);
    if (present !== undefined) return present;
    const failure = await this.#tryPull(reference);
    if (typeof failure !== "string") return { ...failure, standsIn: false };
    const recipe = this.#recipeFor(reference);
    if (recipe === undefined) {
      throw new Error(`no image for ${reference}: ${failure}, and neither a recipe nor an alias of ours names it`);
    }
    const built = await this.#once(this.#folderName(recipe), (root) => this.#build(recipe, root));
    if (built.fetched && recipe.kind === "checkout") await this.#removeOlder(recipe);
    return { ...built, standsIn: recipe.reference !== reference };
  }

  /** All images on this machine. */
  async list(): Promise<Image[]> {
    const names = await readdir(join(this.#options.folder, "store")).catch(() => []);
    const images = await Promise.all(names.map((name) => this.#read(name)));
    return images.filter((image) => image !== undefined);
  }

  #recipeFor(reference: string): Recipe | undefined {
    const { recipes, aliases } = this.#options;
    return recipes.get(reference) ?? recipes.get(standIn(reference, aliases) ?? "");
  }

  #folderName(recipe: Recipe): string {
    return `${safeName(recipe.reference)}-${recipeDigest(recipe, this.#options.checkout).slice(0, 16)}`;
  }

  async #read(name: string): Promise<Image | undefined> {
    const folder = join(this.#options.folder, "store", name);
    try {
      const facts = JSON.parse(await readFile(join(folder, "image.json"), "utf8")) as Omit<Image, "rootfs">;
      return { ...facts, rootfs: join(folder, "rootfs") };
    } catch {
      return undefined;
    }
  }

  async #tryPull(reference: string): Promise<string | { image: Image; fetched: boolean }> {
    if (this.#options.recipes.has(reference)) return "it is our own";
    if (this.#options.registries === "never") return "registries are switched off";
    const registry = registryOf(reference);
    if ((this.#silentRegistries.get(registry) ?? 0) > Date.now()) return "its registry does not answer";
    try {
      return await this.#once(pulledFolderName(reference), (root) =>
        pullImage(reference, root, this.#options.enterHostNetwork, (line) => this.#options.onProgress(reference, line)),
      );
    } catch (error) {
      this.#silentRegistries.set(registry, Date.now() + REGISTRY_PAUSE_MS);
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** Every change of the code makes a new image of it; those before are removed once no container runs from them. */
  async #removeOlder(recipe: Recipe): Promise<void> {
    const store = join(this.#options.folder, "store");
    const mounts = await readFile("/proc/self/mountinfo", "utf8");
    const present = this.#folderName(recipe);
    for (const name of await readdir(store)) {
      const older = name.startsWith(`${safeName(recipe.reference)}-`) && name !== present;
      if (older && !mounts.includes(join(store, name))) await rm(join(store, name), { recursive: true, force: true });
    }
  }

  async #build(recipe: Recipe, root: string): Promise<Omit<Image, "rootfs" | "sizeBytes">> {
    const { checkout, enterHostNetwork, onProgress, folder } = this.#options;
    const logFile = join(folder, `tmp/${safeName(recipe.reference)}.log`);
    await buildRootfs(recipe, root, {
      checkout,
      enterHostNetwork,
      logFile,
      onProgress: (line) => onProgress(recipe.reference, line),
    });
    return { id: `sha256:${recipeDigest(recipe, checkout)}`, reference: recipe.reference, config: recipe.config };
  }

  /** Makes store/NAME by `fill` unless it is there; at most one at a time on the machine. */
  #once(
    name: string,
    fill: (root: string) => Promise<Omit<Image, "rootfs" | "sizeBytes">>,
  ): Promise<{ image: Image; fetched: boolean }> {
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const work = this.#make(name, fill).finally(() => this.#running.delete(name));
    this.#running.set(name, work);
    return work;
  }

  async #make(
    name: string,
    fill: (root: string) => Promise<Omit<Image, "rootfs" | "sizeBytes">>,
  ): Promise<{ image: Image; fetched: boolean }> {
    const { folder } = this.#options;
    await privateFolder(folder);
    await mkdir(join(folder, "store"), { recursive: true });
    await mkdir(join(folder, "tmp"), { recursive: true });
    await using _lock = await lockFile(join(folder, `tmp/${name}.lock`));
    const present = await this.#read(name);
    if (present !== undefined) return { image: present, fetched: false };

    // Left by an earlier life; nobody else works under this name while we hold its lock.
    const work = join(folder, "tmp", name);
    await rm(work, { recursive: true, force: true });
    await mkdir(join(work, "rootfs"), { recursive: true, mode: 0o755 });
    const target = join(folder, "store", name);
    try {
      const facts = await fill(join(work, "rootfs"));
      const sizeBytes = await treeSizeBytes(join(work, "rootfs"));
      await writeFile(join(work, "image.json"), JSON.stringify({ ...facts, sizeBytes }, null, 2));
      if (existsSync(target)) await rm(target, { recursive: true });
      await rename(work, target);
    } catch (error) {
      await rm(work, { recursive: true, force: true });
      throw error;
    }
    const image = await this.#read(name);
    if (image === undefined) throw new Error(`image ${name} vanished after it was made`);
    return { image, fetched: true };
  }
}

function safeName(reference: string): string {
  return reference.replace(/[^A-Za-z0-9._-]+/g, "_");
}

function pulledFolderName(reference: string): string {
  return `pulled-${safeName(comparable(reference))}`;
}
