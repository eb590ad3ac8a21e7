import type { JsonObject } from "../json.ts";
import type { SchemaNode } from "../schema-node.ts";

export interface ChildField {
  readonly name: string;
  readonly schema: SchemaNode;
  readonly path: string;
}

/** The fields of an object that its schema says something of: `a.b` for named ones, `a[b]` for those of a map. */
export function* childFields(object: JsonObject, schema: SchemaNode, path: string): Generator<ChildField> {
  for (const name of Object.keys(object)) {
    const known = schema.properties?.get(name);
    const field = known ?? schema.additionalProperties;
    if (field === undefined) continue;
    yield {
      name,
      schema: field,
      path: known === undefined ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`,
    };
  }
}
