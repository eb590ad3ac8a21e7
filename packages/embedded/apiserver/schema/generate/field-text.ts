import type { GoField } from "./go-structs.ts";
import { type OpenApiDefinition, typeText } from "./open-api.ts";

/** A field in the grammar of `../type-text.ts`: its type, then attributes, with bars between. */
export function fieldText(of: {
  schema: OpenApiDefinition;
  table: string;
  required: boolean;
  go: GoField | undefined;
}): string {
  const { schema } = of;
  const parts = [typeText(schema, of.table)];
  if (of.required) parts.push("r");
  if (of.go?.pointer === true) parts.push("*");
  if (of.go === undefined || of.go.omitEmpty) parts.push("o");
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"];
  if (listType === "map" && keys !== undefined) parts.push(`L=map:${keys.join(",")}`);
  else if (listType === "set") parts.push("L=set");
  else if (listType === "atomic") parts.push("L=atomic");
  if (schema["x-kubernetes-map-type"] !== undefined) parts.push(`M=${schema["x-kubernetes-map-type"]}`);
  if (schema["x-kubernetes-patch-strategy"] !== undefined) parts.push(`p=${schema["x-kubernetes-patch-strategy"]}`);
  if (schema["x-kubernetes-patch-merge-key"] !== undefined) parts.push(`m=${schema["x-kubernetes-patch-merge-key"]}`);
  const values = schema.enum ?? schema.items?.enum ?? schema.additionalProperties?.enum;
  if (values !== undefined) parts.push(`e=${values.join(",")}`);
  if (schema.default !== undefined) parts.push(`d=${JSON.stringify(schema.default)}`);
  return parts.join("|");
}
