import type { JsonObject } from "../schema/json.ts";
import type { SchemaNode } from "../schema/schema-node.ts";

/** Strategic merge patch with all directives. Returns a new object; the given one is not changed. Throws PatchError. */
export function applyStrategicMergePatch(_original: JsonObject, _patch: unknown, _schema: SchemaNode): JsonObject {
  throw new Error("not implemented");
}
