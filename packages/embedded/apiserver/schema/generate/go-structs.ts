import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** What only the Go type of a field says. */
export interface GoField {
  readonly pointer: boolean;
  readonly omitEmpty: boolean;
}

type Structs = Map<string, Map<string, GoField>>;

const structStart = /^type (\w+) struct \{$/;
const field = /^\t(?:(\w+)\s+)?(\S+)\s+`.*json:"([^",]*)((?:,\w+)*)"/;

/** Table name (`core.v1`) -> struct -> JSON field. Inlined structs are resolved. */
export function readGoStructs(folders: readonly string[]): Map<string, Structs> {
  const packages = new Map<string, Structs>();
  const inlined: { structs: Structs; struct: string; type: string }[] = [];
  for (const folder of folders) {
    for (const path of globSync("**/v1*/types*.go", { cwd: folder }).concat(
      globSync("**/v2/types*.go", { cwd: folder }),
    )) {
      const version = dirname(path);
      const table = `${basename(dirname(join(folder, version)))}.${basename(version)}`;
      const structs = packages.get(table) ?? new Map();
      packages.set(table, structs);
      readFile(join(folder, path), structs, inlined);
    }
  }
  // Twice: an inlined struct may inline another.
  for (const { structs, struct, type } of [...inlined, ...inlined]) {
    const name = type.replace(/^\*?(?:\w+\.)?/, "");
    const source = structs.get(name) ?? packages.get("meta.v1")?.get(name) ?? packages.get("core.v1")?.get(name);
    for (const [key, value] of source ?? []) structs.get(struct)?.set(key, value);
  }
  return packages;
}

function readFile(path: string, structs: Structs, inlined: { structs: Structs; struct: string; type: string }[]): void {
  let struct: string | undefined;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const start = structStart.exec(line);
    if (start !== null) {
      struct = start[1] ?? "";
      structs.set(struct, new Map());
    } else if (line === "}") {
      struct = undefined;
    } else if (struct !== undefined) {
      const found = field.exec(line);
      if (found === null) continue;
      const [, , type = "", name = "", options = ""] = found;
      if (name === "" && options.includes("inline")) inlined.push({ structs, struct, type });
      else if (name !== "") structs.get(struct)?.set(name, goField(type, options));
    }
  }
}

/** A struct is never empty: without omitzero, a time that is not set is printed as null. */
function goField(type: string, options: string): GoField {
  const isTime = /(^|\.)(Micro)?Time$/.test(type);
  const omitEmpty = options.includes("omitzero") || (options.includes("omitempty") && !isTime);
  return { pointer: type.startsWith("*"), omitEmpty };
}
