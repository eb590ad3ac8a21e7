import { builtinSchemas } from "../builtin.ts";
import { findUnknownFields } from "../field-validation.ts";
import { isArray, isObject, type JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";

const resourceFields = new Set(["apiVersion", "kind", "metadata"]);

/** Removes fields that the schema of a whole resource does not know. In place. Returns their paths, sorted. */
export function prune(object: JsonObject, schema: SchemaNode): readonly string[] {
  const removed: string[] = [];
  pruneObject(object, { schema, embedded: true, path: "", removed });
  return removed.sort();
}

interface Place {
  /** Undefined: nothing is known here, so that nothing stays. */
  readonly schema: SchemaNode | undefined;
  readonly embedded: boolean;
  readonly path: string;
  readonly removed: string[];
}

function pruneObject(object: JsonObject, { schema, embedded, path, removed }: Place): void {
  if (embedded && path !== "") pruneMetadata(object, { path, removed });
  for (const name of Object.keys(object)) {
    if (embedded && resourceFields.has(name)) continue;
    const field = schema?.properties?.get(name) ?? schema?.additionalProperties;
    const at = path === "" ? name : `${path}.${name}`;
    if (field !== undefined) pruneValue(object[name], { schema: field, path: at, removed });
    else if (schema?.preserveUnknownFields !== true) {
      removed.push(at);
      delete object[name];
    }
  }
}

/** The metadata of an embedded resource has the fields of all metadata. That of the resource itself is the API server's. */
function pruneMetadata(object: JsonObject, { path, removed }: { path: string; removed: string[] }): void {
  const schema = builtinSchemas.definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")?.node;
  const { metadata } = object;
  if (schema === undefined || !isObject(metadata)) return;
  for (const field of findUnknownFields(metadata, schema)) {
    const name = /^unknown field "([^".[]+)"$/.exec(field)?.[1];
    if (name === undefined) continue;
    removed.push(`${path}.metadata.${name}`);
    delete metadata[name];
  }
}

/** As `prune`, for a value that is no resource. */
export function pruneValue(value: unknown, place: Omit<Place, "embedded">): void {
  const { schema, path, removed } = place;
  if (isObject(value)) {
    pruneObject(value, { ...place, embedded: schema?.embeddedResource === true });
  } else if (isArray(value) && !(schema?.preserveUnknownFields === true && schema.items === undefined)) {
    value.forEach((item, index) => {
      pruneValue(item, { schema: schema?.items, path: `${path}[${index}]`, removed });
    });
  }
}
