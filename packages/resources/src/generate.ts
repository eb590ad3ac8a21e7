/**
 * Writes what is generated from the declarations: deploy/crds/*.yaml and docs/reference/*.md.
 *
 *   node packages/resources/src/generate.ts           writes
 *   node packages/resources/src/generate.ts --check   says what is out of date, exit code 1
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { crdYaml } from "./crd/yaml.ts";
import { definitions } from "./definitions.ts";
import { referenceIndex, referencePage } from "./reference/page.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Path from the root of the repository -> content. */
export function generatedFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const definition of definitions) {
    const { group, plural, kind } = definition.kind;
    files.set(`deploy/crds/${group}_${plural}.yaml`, crdYaml(definition));
    files.set(`docs/reference/${kind.toLowerCase()}.md`, referencePage(definition));
  }
  files.set("docs/reference/README.md", referenceIndex(definitions));
  return files;
}

/** Paths whose content on disk is not what would be generated. */
export function outdatedFiles(): string[] {
  return [...generatedFiles()].filter(([path, content]) => read(join(root, path)) !== content).map(([path]) => path);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const outdated = outdatedFiles();
  if (process.argv.includes("--check")) {
    for (const path of outdated) console.error(`${path} is out of date: run node packages/resources/src/generate.ts`);
    process.exitCode = outdated.length === 0 ? 0 : 1;
  } else {
    const files = generatedFiles();
    for (const path of outdated) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), files.get(path) ?? "");
      console.log(path);
    }
  }
}
