import { isArray, isObject } from "../../schema/json.ts";

/**
 * One step of a path in a field set, in the text that managedFields uses: `f:name` a field, `k:{"name":"x"}` an item of a
 * list of type map, `v:"x"` an item of a set, `i:0` an index. The text is canonical (keys sorted), so equal steps are equal
 * strings.
 */
export type PathElement = string;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

export function valueElement(value: unknown): PathElement {
  return `v:${canonicalJson(value)}`;
}

export function keyElement(keys: Readonly<Record<string, unknown>>): PathElement {
  return `k:${canonicalJson(keys)}`;
}

/** Steps that were parsed lately: the same ones come again with every write. */
const parsed = new Map<string, PathElement | undefined>();
const cacheSize = 5_000;

/** The canonical form of a step as somebody else wrote it; undefined when it is none. */
export function parseElement(text: string): PathElement | undefined {
  if (text[1] !== ":") return undefined;
  if (text[0] === "f" || text[0] === "i") return text;
  if (parsed.has(text)) return parsed.get(text);
  const element = parseJsonElement(text);
  if (parsed.size >= cacheSize) parsed.clear();
  parsed.set(text, element);
  return element;
}

function parseJsonElement(text: string): PathElement | undefined {
  const rest = text.slice(2);
  try {
    if (text[0] === "k") return `k:${canonicalJson(JSON.parse(rest))}`;
    if (text[0] === "v") return `v:${canonicalJson(JSON.parse(rest))}`;
  } catch {
    return undefined;
  }
  return undefined;
}

/** As error messages show it: `.spec`, `[name="x"]`, `[="x"]`, `[0]`. */
export function printElement(element: PathElement): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${rest}`;
    case "i":
      return `[${rest}]`;
    case "v":
      return `[=${rest}]`;
    default: {
      const keys: unknown = JSON.parse(rest);
      const pairs = isObject(keys)
        ? Object.entries(keys).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        : [];
      return `[${pairs.join(",")}]`;
    }
  }
}

const rank = "fkvi";

/** Fields first, then items by key, by value, by index; alike ones by their text. */
export function compareElements(a: PathElement, b: PathElement): number {
  const byRank = rank.indexOf(a[0] ?? "") - rank.indexOf(b[0] ?? "");
  if (byRank !== 0) return byRank;
  return a < b ? -1 : a > b ? 1 : 0;
}

function canonicalJson(value: unknown): string {
  if (typeof value !== "object") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value).sort();
  return `{${fields.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`).join(",")}}`;
}
