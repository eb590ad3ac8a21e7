/**
 * Writes the tables of the built-in kinds (`table/*.json`): facts only, no descriptions.
 *
 *   node generate.ts --openapi DIR --api DIR... [--out DIR]
 *
 * `--openapi` holds the documents of a real kube-apiserver's /openapi/v3, one file per group-version. `--api` names folders
 * with the Go sources of the same release's API types (k8s.io/api, k8s.io/apimachinery, apiextensions-apiserver,
 * kube-aggregator): they alone say which fields are pointers and which are left out when empty.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fieldText } from "./generate/field-text.ts";
import { readGoStructs } from "./generate/go-structs.ts";
import { type OpenApiDefinition, tableOf } from "./generate/open-api.ts";

/** Group-versions that our API server serves. */
const served = new Set([
  "api_v1",
  "apis_apiextensions.k8s.io_v1",
  "apis_apps_v1",
  "apis_authentication.k8s.io_v1",
  "apis_authorization.k8s.io_v1",
  "apis_autoscaling_v1",
  "apis_batch_v1",
  "apis_coordination.k8s.io_v1",
  "apis_discovery.k8s.io_v1",
  "apis_events.k8s.io_v1",
  "apis_networking.k8s.io_v1",
  "apis_node.k8s.io_v1",
  "apis_policy_v1",
  "apis_rbac.authorization.k8s.io_v1",
  "apis_scheduling.k8s.io_v1",
  "apis_storage.k8s.io_v1",
]);

interface TableDefinition {
  fields?: Record<string, string>;
  mapType?: string;
  kinds?: string[];
  unions?: unknown;
  /** The whole value, for a definition that is not an object with fields. */
  is?: string;
}

const { values } = parseArgs({
  options: {
    openapi: { type: "string" },
    api: { type: "string", multiple: true },
    out: { type: "string", default: join(import.meta.dirname, "table") },
  },
});
if (values.openapi === undefined || values.api === undefined) throw new Error("--openapi and --api are needed");

const structs = readGoStructs(values.api);
const tables = new Map<string, Record<string, TableDefinition>>();
const kinds: Record<string, string[]> = {};

for (const file of readdirSync(values.openapi)) {
  if (!served.has(file.replace(/\.json$/, ""))) continue;
  const document = JSON.parse(readFileSync(join(values.openapi, file), "utf8"));
  const definitions: Record<string, OpenApiDefinition> = document.components.schemas;
  for (const [name, definition] of Object.entries(definitions)) addDefinition(name, definition);
}

for (const [table, definitions] of tables) writeTable(`${table}.json`, definitions);
writeTable("kinds.json", kinds);

function addDefinition(name: string, definition: OpenApiDefinition): void {
  const { table, short } = tableOf(name);
  if (table === undefined) return;
  const definitionsOfTable = tables.get(table) ?? {};
  tables.set(table, definitionsOfTable);
  if (definitionsOfTable[short] !== undefined) return;

  const entry: TableDefinition = {};
  if (definition.properties === undefined) {
    entry.is = definition.type === "object" ? "o" : "a";
  } else {
    const struct = structs.get(table)?.get(short);
    entry.fields = Object.fromEntries(
      Object.entries(definition.properties).map(([field, schema]) => [
        field,
        fieldText({ schema, table, required: definition.required?.includes(field) === true, go: struct?.get(field) }),
      ]),
    );
  }
  const mapType = definition["x-kubernetes-map-type"];
  if (mapType !== undefined) entry.mapType = mapType;
  const unions = definition["x-kubernetes-unions"];
  if (unions !== undefined) entry.unions = unions;
  const named = definition["x-kubernetes-group-version-kind"] ?? [];
  if (named.length === 1 && !short.endsWith("List")) {
    for (const { group, version, kind } of named) {
      const groupVersion = group === "" ? version : `${group}/${version}`;
      kinds[groupVersion] = [...new Set([...(kinds[groupVersion] ?? []), `${kind}=${table}/${short}`])].sort();
    }
  }
  definitionsOfTable[short] = entry;
}

function writeTable(file: string, content: object): void {
  const lines = Object.entries(content)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  writeFileSync(join(String(values.out), file), `{\n${lines.join(",\n")}\n}\n`);
}
