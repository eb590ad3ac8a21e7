/** Recipes: what goes into an image of our own. One folder below images/ each, with a recipe.yaml. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { parse } from "yaml";

/** How a container of the image starts when the pod does not say. */
export interface ImageConfig {
  readonly user?: string;
  readonly workingDir?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

/** One tag of one recipe, with everything its content depends on. */
export interface Recipe {
  /** For example `keelson/postgresql:17`. */
  readonly reference: string;
  readonly folder: string;
  /** debian: a system by mmdebstrap; static: unpacked packages; checkout: files of this checkout. */
  readonly kind: "debian" | "static" | "checkout";
  readonly suite: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly packages: readonly string[];
  readonly exclude: readonly string[];
  /** Scripts run inside the image before and after the packages. */
  readonly prepare: string | undefined;
  readonly finish: string | undefined;
  /** checkout only: path in the image -> path in the checkout, or `$NODE`. */
  readonly files: Readonly<Record<string, string>>;
  /** checkout only: programs of the machine, copied with their libraries. */
  readonly programs: readonly string[];
  readonly config: ImageConfig;
}

interface RecipeFile {
  name: string;
  kind?: Recipe["kind"];
  tags: Record<string, { suite?: string; variables?: Record<string, string> }>;
  packages?: string;
  prepare?: string;
  finish?: string;
  exclude?: string[];
  files?: Record<string, string>;
  programs?: string[];
  config?: {
    user?: string;
    workingDir?: string;
    env?: Record<string, string>;
    entrypoint?: string[];
    command?: string[];
  };
}

/** Raised when what is built changes although no recipe did, so that images are built anew. */
const BUILDER_VERSION = 2;

/** All recipes below a folder, by reference. */
export function loadRecipes(imagesFolder: string): Map<string, Recipe> {
  const recipes = new Map<string, Recipe>();
  for (const entry of readdirSync(imagesFolder).sort()) {
    const folder = join(imagesFolder, entry);
    if (!existsSync(join(folder, "recipe.yaml"))) continue;
    for (const recipe of recipesOfFolder(folder)) recipes.set(recipe.reference, recipe);
  }
  return recipes;
}

function recipesOfFolder(folder: string): Recipe[] {
  const file = parse(readFileSync(join(folder, "recipe.yaml"), "utf8")) as RecipeFile;
  return Object.entries(file.tags).map(([tag, variant]) => {
    const variables = variant.variables ?? {};
    const fill = (text: string): string => text.replace(/\$([A-Z]+)/g, (all, name: string) => variables[name] ?? all);
    const lines = file.packages === undefined ? [] : readFileSync(join(folder, file.packages), "utf8").split("\n");
    const config = file.config ?? {};
    return {
      reference: `${file.name}:${tag}`,
      folder,
      kind: file.kind ?? "debian",
      suite: variant.suite,
      variables,
      packages: lines.map((line) => fill(line.trim())).filter((line) => line !== "" && !line.startsWith("#")),
      exclude: file.exclude ?? [],
      prepare: file.prepare === undefined ? undefined : join(folder, file.prepare),
      finish: file.finish === undefined ? undefined : join(folder, file.finish),
      files: file.files ?? {},
      programs: file.programs ?? [],
      config: {
        ...(config.user === undefined ? {} : { user: config.user }),
        ...(config.workingDir === undefined ? {} : { workingDir: config.workingDir }),
        env: Object.fromEntries(Object.entries(config.env ?? {}).map(([name, value]) => [name, fill(value)])),
        entrypoint: config.entrypoint ?? [],
        command: config.command ?? [],
      },
    };
  });
}

/** The image's identity: a hash of everything its content is made from. Equal hash, equal image. */
export function recipeDigest(recipe: Recipe, checkout: string): string {
  const hash = createHash("sha256");
  const { folder: _, prepare, finish, ...facts } = recipe;
  hash.update(JSON.stringify([BUILDER_VERSION, process.arch, facts]));
  for (const script of [prepare, finish]) if (script !== undefined) hash.update(readFileSync(script));
  for (const source of Object.values(recipe.files)) hashTree(hash, sourcePath(source, checkout));
  return hash.digest("hex");
}

/** Where a `files` entry of a checkout recipe comes from. */
export function sourcePath(source: string, checkout: string): string {
  return source === "$NODE" ? process.execPath : join(checkout, source);
}

/** Tests are left out: they change often and never run in a pod. */
export function isLeftOut(path: string): boolean {
  return path.endsWith(".test.ts") || path.includes("/node_modules/");
}

function hashTree(hash: ReturnType<typeof createHash>, root: string): void {
  if (!existsSync(root)) return;
  const info = statSync(root);
  if (info.isDirectory()) {
    for (const name of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
      const path = join(root, name);
      if (!isLeftOut(path) && statSync(path).isFile())
        hash.update(`${relative(root, path)}\0`).update(readFileSync(path));
    }
  } else if (info.size > 16 * 1024 * 1024) {
    hash.update(`${info.size}:${info.mtimeMs}`); // the node program: too big to read each time
  } else {
    hash.update(readFileSync(root));
  }
}
