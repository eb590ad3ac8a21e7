import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What mmdebstrap asks where the machine's apt names no Debian mirror (Ubuntu). */
const defaultMirror = "http://deb.debian.org/debian";

/** The suites of the package mirror that are needed to build those of `references` that are not in the image folder yet. */
export async function suitesToFetch(folder: string, references: readonly string[]): Promise<string[]> {
  // Loaded when needed: few commands ask.
  const { CHECKOUT, openImageStore } = await import("../node/images/index.ts");
  const { loadRecipes } = await import("../node/images/recipe.ts");
  const store = openImageStore({ folder, registries: "never", onProgress: () => {} });
  const recipes = loadRecipes(join(CHECKOUT, "images"));
  const suites = new Set<string>();
  for (const reference of references) {
    const recipe = recipes.get(reference);
    if (recipe?.kind !== "debian" || (await store.find(reference)) !== undefined) continue;
    suites.add(recipe.suite ?? "stable");
  }
  return [...suites];
}

/** Asks the mirror of the machine's apt, through apt's own proxy settings, for each suite; says what went wrong, if anything did. */
export async function mirrorProblem(suites: readonly string[]): Promise<string | undefined> {
  const { readAptSetup } = await import("../node/images/mirror.ts");
  const { mirror } = await readAptSetup();
  const scratch = mkdtempSync(join(tmpdir(), "keelson-mirror-"));
  try {
    for (const suite of suites) {
      const address = `${(mirror ?? defaultMirror).replace(/\/$/, "")}/dists/${suite}/InRelease`;
      const problem = await download(address, join(scratch, suite));
      if (problem !== undefined) return problem;
    }
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function download(address: string, file: string): Promise<string | undefined> {
  const options = ["Acquire::Retries=0", "Acquire::http::Timeout=15", "Acquire::https::Timeout=15"];
  try {
    await run(
      "/usr/lib/apt/apt-helper",
      [...options.flatMap((option) => ["-o", option]), "download-file", address, file],
      { timeout: 45_000, env: { ...process.env, LC_ALL: "C" } },
    );
    return undefined;
  } catch (error) {
    return aptWords((error as { stderr?: string }).stderr ?? "") ?? `${address} did not answer`;
  }
}

/** The first error that apt names in its output, without its own prefix. */
export function aptWords(output: string): string | undefined {
  return /^E: (.*?)\s*$/m.exec(output)?.[1];
}
