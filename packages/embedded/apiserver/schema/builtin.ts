import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Definition, parseField } from "./builtin-node.ts";
import type { GroupVersionKind, SchemaNode } from "./schema-node.ts";

/** The built-in kinds that Keelson serves. Tables are loaded per group on first use. */
export interface BuiltinSchemas {
  get(kind: GroupVersionKind): SchemaNode | undefined;
  /** By the definition's name: `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. */
  definition(name: string): Definition | undefined;
  /** Every kind with a table, in no particular order. */
  kinds(): readonly GroupVersionKind[];
}

interface TableEntry {
  readonly fields?: Readonly<Record<string, string>>;
  readonly mapType?: "atomic" | "granular";
  readonly unions?: unknown;
  readonly is?: "o" | "a";
}

const folder = join(import.meta.dirname, "table");
const tables = new Map<string, Readonly<Record<string, TableEntry>>>();
const definitions = new Map<string, Definition>();
let kindIndex: ReadonlyMap<string, { readonly kind: GroupVersionKind; readonly reference: string }> | undefined;

export const builtinSchemas: BuiltinSchemas = {
  get(kind) {
    const found = index().get(key(kind));
    return found === undefined ? undefined : definitionAt(found.reference)?.node;
  },
  definition(name) {
    const match = /([a-z0-9]+\.v[a-z0-9]+)\.([A-Za-z0-9]+)$/.exec(name);
    return match === null ? undefined : definitionAt(`${match[1]}/${match[2]}`);
  },
  kinds: () => [...index().values()].map(({ kind }) => kind),
};

function key({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}

function index(): NonNullable<typeof kindIndex> {
  if (kindIndex !== undefined) return kindIndex;
  const found = new Map<string, { kind: GroupVersionKind; reference: string }>();
  const groupVersions: Record<string, string[]> = JSON.parse(readFileSync(join(folder, "kinds.json"), "utf8"));
  for (const [groupVersion, entries] of Object.entries(groupVersions)) {
    const [version = "", group = ""] = groupVersion.split("/").reverse();
    for (const entry of entries) {
      const [name = "", reference = ""] = entry.split("=");
      const kind = { group, version, kind: name };
      found.set(key(kind), { kind, reference });
    }
  }
  kindIndex = found;
  return found;
}

/** By `table/Name`, such as `core.v1/Pod`. */
function definitionAt(reference: string): Definition | undefined {
  const known = definitions.get(reference);
  if (known !== undefined) return known;
  const [tableName = "", short = ""] = reference.split("/");
  const entry = table(tableName)?.[short];
  if (entry === undefined) return undefined;
  const name = `${prefixOf(tableName)}.${short}`;
  const definition = { name, node: new DefinitionNode(name, tableName, entry), unions: entry.unions };
  definitions.set(reference, definition);
  return definition;
}

function table(name: string): Readonly<Record<string, TableEntry>> | undefined {
  const known = tables.get(name);
  if (known !== undefined) return known;
  let text: string;
  try {
    text = readFileSync(join(folder, `${name}.json`), "utf8");
  } catch {
    return undefined;
  }
  const loaded: Record<string, TableEntry> = JSON.parse(text);
  tables.set(name, loaded);
  return loaded;
}

function prefixOf(tableName: string): string {
  const group = tableName.slice(0, tableName.indexOf("."));
  if (group === "meta") return `io.k8s.apimachinery.pkg.apis.${tableName}`;
  if (group === "apiextensions") return `io.k8s.apiextensions-apiserver.pkg.apis.${tableName}`;
  if (group === "apiregistration") return `io.k8s.kube-aggregator.pkg.apis.${tableName}`;
  return `io.k8s.api.${tableName}`;
}

interface ParsedFields {
  readonly properties: ReadonlyMap<string, SchemaNode>;
  readonly required: readonly string[];
}

class DefinitionNode implements SchemaNode {
  readonly definition: string;
  readonly type: SchemaNode["type"];
  readonly mapType: SchemaNode["mapType"];
  readonly preserveUnknownFields: SchemaNode["preserveUnknownFields"];
  readonly #table: string;
  readonly #fields: TableEntry["fields"];
  #parsed: ParsedFields | undefined;

  constructor(name: string, tableName: string, entry: TableEntry) {
    this.definition = name;
    this.type = entry.is === "a" ? undefined : "object";
    this.mapType = entry.mapType;
    this.preserveUnknownFields = entry.fields === undefined ? true : undefined;
    this.#table = tableName;
    this.#fields = entry.fields;
  }

  get properties(): ReadonlyMap<string, SchemaNode> | undefined {
    return this.#fields === undefined ? undefined : this.#parse(this.#fields).properties;
  }

  get required(): readonly string[] | undefined {
    return this.#fields === undefined ? undefined : this.#parse(this.#fields).required;
  }

  #parse(fields: Readonly<Record<string, string>>): ParsedFields {
    if (this.#parsed !== undefined) return this.#parsed;
    const properties = new Map<string, SchemaNode>();
    const required: string[] = [];
    for (const [field, text] of Object.entries(fields)) {
      const parsed = parseField(text, (reference) => this.#referenced(reference));
      properties.set(field, parsed.node);
      if (parsed.required) required.push(field);
    }
    this.#parsed = { properties, required };
    return this.#parsed;
  }

  #referenced(reference: string): Definition {
    const found = definitionAt(reference.includes("/") ? reference : `${this.#table}/${reference}`);
    if (found === undefined) throw new Error(`no definition ${reference} (from ${this.definition})`);
    return found;
  }
}
