/**
 * The images of a machine, in one folder shared by all nodes: built or pulled once, never changed afterwards.
 *
 *   store/NAME-DIGEST/{rootfs/, image.json}   a whole image; image.json is written last
 *   tmp/                                      work in progress, and images that are being removed; whatever is left there is rubbish
 */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { privateFolder } from "../../machine/private-folder.ts";
import { runCommand } from "../network/command.ts";
import { type Alias, comparable, digestOf, standIn } from "./alias.ts";
import { buildRootfs, treeSizeBytes } from "./build.ts";
import { lockFile } from "./lock.ts";
import { type ImageConfig, type Recipe, recipeDigest } from "./recipe.ts";
import { askRegistry, pullImage, RegistryUnreachable, registryOf } from "./registry.ts";
import { removeGivenUp, removeUnused } from "./removal.ts";
import { SharedWork } from "./shared-work.ts";

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
  /** True for what a registry has: it may have another image of that name by now. */
  readonly mayHaveChanged: boolean;
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

/** Fills an empty folder with an image's files. */
type Fill = (root: string, givenUp: AbortSignal) => Promise<Omit<Image, "rootfs" | "sizeBytes">>;

/** Where an image goes. */
interface Place {
  readonly name: string;
  /** How the names begin of those whose place it takes. */
  readonly older: string | undefined;
}

interface Made {
  readonly image: Image;
  /** False when it had been there already. */
  readonly fetched: boolean;
}

/** How an image is asked for. */
interface Wish {
  /** Whether an image that may have changed is asked for anew. */
  readonly again?: boolean;
  /** Ends the wait for it. */
  readonly signal?: AbortSignal | undefined;
}

interface PullFailure {
  readonly failure: string;
  /** Another time it may go well. */
  readonly unreachable: boolean;
}

/** How long a registry that did not answer is left alone. */
const REGISTRY_PAUSE_MS = 10 * 60_000;

export class ImageStore {
  readonly #options: StoreOptions;
  readonly #work = new SharedWork<Made>();
  readonly #silentRegistries = new Map<string, number>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** The image if it is here already. */
  async find(reference: string): Promise<Resolved | undefined> {
    const pulled = await this.#findPulled(reference);
    if (pulled !== undefined) {
      const mayHaveChanged = digestOf(reference) === undefined;
      return { image: pulled, fetched: false, standsIn: false, mayHaveChanged };
    }
    const recipe = this.#recipeFor(reference);
    const image = recipe === undefined ? undefined : await this.#read(this.#folderName(recipe));
    if (image === undefined) return undefined;
    return { image, fetched: false, standsIn: !this.#options.recipes.has(reference), mayHaveChanged: false };
  }

  /**
   * The image, pulled or built when it is not here. Concurrent calls, also of other processes, share one build.
   * With `again` an image that may have changed is asked for anew; the one that is here counts while its registry cannot be reached.
   * Throws when no registry has it and no recipe makes it; the message says which was tried. Rejects with the signal's reason as soon
   * as it is given: a pull that nobody waits for any more is ended, a build goes on and is there for whoever comes next.
   */
  async ensure(reference: string, { again = false, signal }: Wish = {}): Promise<Resolved> {
    const present = await this.find(reference);
    const asksAgain = again && present?.mayHaveChanged === true;
    if (present !== undefined && !asksAgain) return present;
    const outcome = await this.#tryPull(reference, signal);
    if ("image" in outcome) return { ...outcome, standsIn: false, mayHaveChanged: digestOf(reference) === undefined };
    if (present !== undefined) {
      if (outcome.unreachable) return present;
      throw new Error(outcome.failure);
    }
    const recipe = this.#recipeFor(reference);
    if (recipe === undefined) {
      const why = `${outcome.failure}, and neither a recipe nor an alias of ours names it`;
      throw new Error(`no image for ${reference}: ${why}`);
    }
    const name = this.#folderName(recipe);
    const older = recipe.kind === "checkout" ? `${safeName(recipe.reference)}-` : undefined;
    const built = await this.#once({ name, older }, (root) => this.#build(recipe, root), signal);
    return { ...built, standsIn: recipe.reference !== reference, mayHaveChanged: false };
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

  /** The image that was pulled by this reference last. */
  async #findPulled(reference: string): Promise<Image | undefined> {
    const store = join(this.#options.folder, "store");
    const names = (await readdir(store).catch(() => [])).filter((name) => name.startsWith(pulledPrefix(reference)));
    const made = await Promise.all(
      names.map(async (name) => ({
        name,
        at: (await stat(join(store, name, "image.json")).catch(() => undefined))?.mtimeMs ?? 0,
      })),
    );
    const last = made.sort((a, b) => b.at - a.at)[0];
    return last === undefined ? undefined : this.#read(last.name);
  }

  async #tryPull(reference: string, signal: AbortSignal | undefined): Promise<PullFailure | Made> {
    const { recipes, registries, enterHostNetwork, onProgress } = this.#options;
    if (recipes.has(reference)) return { failure: "it is our own", unreachable: false };
    if (registries === "never") return { failure: "registries are switched off", unreachable: true };
    const registry = registryOf(reference);
    if ((this.#silentRegistries.get(registry) ?? 0) > Date.now())
      return { failure: "its registry does not answer", unreachable: true };
    try {
      const digest = await askRegistry(reference, { enterHostNetwork, signal });
      const older = pulledPrefix(reference);
      const name = `${older}${digest.slice(7, 23)}`;
      const tell = (line: string): void => onProgress(reference, line);
      const pulled = await this.#once(
        { name, older },
        (root, givenUp) => pullImage({ reference, digest, root }, { enterHostNetwork, signal: givenUp }, tell),
        signal,
      );
      // A tag that went back to an earlier image means that one from now on.
      if (!pulled.fetched) await utimes(join(pulled.image.rootfs, "../image.json"), new Date(), new Date());
      return pulled;
    } catch (error) {
      signal?.throwIfAborted();
      const unreachable = error instanceof RegistryUnreachable;
      if (unreachable) this.#silentRegistries.set(registry, Date.now() + REGISTRY_PAUSE_MS);
      return { failure: error instanceof Error ? error.message : String(error), unreachable };
    }
  }

  /** Every change of the code, and of what a tag means, makes a new image; those before are removed once no pod uses them. */
  async #removeOlder(prefix: string, present: string): Promise<void> {
    const { folder } = this.#options;
    for (const name of await readdir(join(folder, "store")))
      if (name.startsWith(prefix) && name !== present) await removeUnused(folder, name);
    await removeGivenUp(folder);
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
  #once({ name, older }: Place, fill: Fill, signal: AbortSignal | undefined): Promise<Made> {
    const work = async (givenUp: AbortSignal): Promise<Made> => {
      const made = await this.#make(name, fill, givenUp);
      // Whoever waited for it may have left, and whoever comes later finds it present.
      if (made.fetched && older !== undefined) await this.#removeOlder(older, name);
      return made;
    };
    return this.#work.share(name, work, signal);
  }

  async #make(name: string, fill: Fill, givenUp: AbortSignal): Promise<Made> {
    const { folder } = this.#options;
    await privateFolder(folder);
    await mkdir(join(folder, "store"), { recursive: true });
    await mkdir(join(folder, "tmp"), { recursive: true });
    await using _lock = await lockFile(join(folder, `tmp/${name}.lock`));
    const present = await this.#read(name);
    if (present !== undefined) return { image: present, fetched: false };
    // The wait for the lock may have been long.
    givenUp.throwIfAborted();

    // Left by an earlier life; nobody else works under this name while we hold its lock.
    const work = join(folder, "tmp", name);
    await rm(work, { recursive: true, force: true });
    await mkdir(join(work, "rootfs"), { recursive: true, mode: 0o755 });
    const target = join(folder, "store", name);
    try {
      const facts = await fill(join(work, "rootfs"), givenUp);
      const sizeBytes = await treeSizeBytes(join(work, "rootfs"));
      await writeFile(join(work, "image.json"), JSON.stringify({ ...facts, sizeBytes }, null, 2));
      // It is never made again: after a power cut it must be whole, or not there.
      await runCommand(["sync", "--file-system", work]);
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

/** How the folders of all images begin that were pulled by this reference, and by no other. */
function pulledPrefix(reference: string): string {
  const name = comparable(reference);
  const whole = createHash("sha256")
    .update(`${name}@${digestOf(reference) ?? ""}`)
    .digest("hex");
  return `pulled-${safeName(name)}-${whole.slice(0, 8)}-`;
}
