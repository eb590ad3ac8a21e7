/**
 * Writes `table.json`: which field number of which message is which JSON field, for the built-in kinds we serve.
 *
 *   node generate.ts MODULES/k8s.io VERSION        (MODULES: a Go module cache; VERSION: v0.34.1)
 *
 * The numbers and names are read from the tags of the Go types. A field is `number:name:type`, as `decode.ts` says.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const sources: Readonly<Record<string, readonly [module: string, folder: string, files: readonly string[]]>> = {
  "meta.v1": ["apimachinery", "pkg/apis/meta/v1", ["types.go"]],
  "core.v1": ["api", "core/v1", ["types.go"]],
  "apps.v1": ["api", "apps/v1", ["types.go"]],
  "batch.v1": ["api", "batch/v1", ["types.go"]],
  "policy.v1": ["api", "policy/v1", ["types.go"]],
  "rbac.v1": ["api", "rbac/v1", ["types.go"]],
  "storage.v1": ["api", "storage/v1", ["types.go"]],
  "networking.v1": ["api", "networking/v1", ["types.go"]],
  "discovery.v1": ["api", "discovery/v1", ["types.go"]],
  "coordination.v1": ["api", "coordination/v1", ["types.go"]],
  "events.v1": ["api", "events/v1", ["types.go"]],
  "autoscaling.v1": ["api", "autoscaling/v1", ["types.go"]],
  "authentication.v1": ["api", "authentication/v1", ["types.go"]],
  "authorization.v1": ["api", "authorization/v1", ["types.go"]],
  "scheduling.v1": ["api", "scheduling/v1", ["types.go"]],
  "node.v1": ["api", "node/v1", ["types.go"]],
  "apiextensions.v1": ["apiextensions-apiserver", "pkg/apis/apiextensions/v1", ["types.go", "types_jsonschema.go"]],
};

/** Import names that stand for packages of the table. */
const imports: Readonly<Record<string, string>> = {
  metav1: "meta.v1",
  v1: "core.v1",
  corev1: "core.v1",
  apiv1: "core.v1",
  autoscalingv1: "autoscaling.v1",
};

const scalars: Readonly<Record<string, string>> = {
  string: "s",
  bool: "b",
  int: "i",
  int32: "i",
  int64: "i",
  uint32: "i",
  float64: "d",
  byte: "i",
  "[]byte": "y",
  "metav1.Time": "T",
  "metav1.MicroTime": "M",
  "resource.Quantity": "Q",
  "intstr.IntOrString": "I",
  "runtime.RawExtension": "R",
  "metav1.Duration": "i",
  "types.UID": "s",
  "types.NodeName": "s",
};

const inMeta: Readonly<Record<string, string>> = { Time: "T", MicroTime: "M", Duration: "i" };

interface Declared {
  readonly fields: string[] | undefined;
  readonly alias: string | undefined;
}

const [modules = "", version = ""] = process.argv.slice(2);
const declared = new Map<string, Declared>();

for (const [name, [module, folder, files]] of Object.entries(sources)) {
  for (const file of files) read(name, readFileSync(join(modules, `${module}@${version}`, folder, file), "utf8"));
}

function read(pack: string, text: string): void {
  for (const match of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
    const [, name = "", body = ""] = match;
    declared.set(`${pack}.${name}`, {
      fields: body.split("\n").filter((line) => /^\s*[^/]*`.*protobuf:/.test(line)),
      alias: undefined,
    });
  }
  for (const match of text.matchAll(/^type (\w+) struct ?\{\s*\}/gm)) {
    declared.set(`${pack}.${match[1]}`, { fields: [], alias: undefined });
  }
  for (const match of text.matchAll(/^type (\w+) ((?:\[\]|map\[|[\w.])[^\s{]*)\s*$/gm)) {
    const [, name = "", alias = ""] = match;
    if (!declared.has(`${pack}.${name}`)) declared.set(`${pack}.${name}`, { fields: undefined, alias });
  }
}

/** The table's code of a Go type, as seen in package `pack`. */
function codeOf(pack: string, type: string): string {
  const bare = type.replace(/^\*/, "");
  const known = scalars[bare] ?? (pack === "meta.v1" ? inMeta[bare] : undefined);
  if (known !== undefined) return known;
  if (bare.startsWith("[]")) return `[${codeOf(pack, bare.slice(2))}`;
  const map = /^map\[[\w.]+\](.+)$/.exec(bare);
  if (map !== null) return `{${codeOf(pack, map[1] ?? "")}`;
  const full = qualify(pack, bare);
  if (full === "meta.v1.FieldsV1" || full === "apiextensions.v1.JSON") return "J";
  if (full.startsWith("apiextensions.v1.JSONSchemaPropsOr")) return `|${full}`;
  const found = declared.get(full);
  if (found === undefined) throw new Error(`unknown type ${type} in ${pack}`);
  if (found.alias === undefined) return `@${full}`;
  const code = codeOf(full.slice(0, full.lastIndexOf(".")), found.alias);
  // These named lists are messages of their own: { items = 1 }.
  return /\.(Verbs|ExtraValue)$/.test(full) ? `*${code}` : code;
}

function qualify(pack: string, type: string): string {
  const dot = type.indexOf(".");
  if (dot < 0) return `${pack}.${type}`;
  const from = type.slice(0, dot);
  if (pack === "apiextensions.v1" && from === "v1") return `meta.v1.${type.slice(dot + 1)}`;
  return `${imports[from] ?? from}.${type.slice(dot + 1)}`;
}

const table: Record<string, string> = {};
for (const [name, { fields }] of declared) {
  if (fields === undefined) continue;
  const pack = name.slice(0, name.lastIndexOf("."));
  table[name] = fields.map((line) => fieldOf(pack, line)).join(" ");
}

function fieldOf(pack: string, line: string): string {
  const match = /^\s*(?:(\w+)\s+)?([^\s`]+)\s+`(.*)`/.exec(line);
  if (match === null) throw new Error(`cannot read field ${line}`);
  const [, , type = "", tags = ""] = match;
  const json = /json:"([^"]*)"/.exec(tags)?.[1] ?? "";
  const number = /protobuf:"\w+,(\d+)/.exec(tags)?.[1] ?? "";
  const wireName = /name=(\w+)/.exec(tags)?.[1] ?? "";
  const [name = "", ...options] = json === "" ? [wireName, "omitempty"] : json.split(",");
  const inline = options.includes("inline");
  const omit = options.includes("omitempty") && !type.startsWith("*") ? "?" : "";
  return `${number}:${inline ? "~" : name + omit}:${codeOf(pack, type)}`;
}

writeFileSync(
  join(import.meta.dirname, "table.json"),
  `${JSON.stringify(table, null, 0).replaceAll('","', '",\n"')}\n`,
);
