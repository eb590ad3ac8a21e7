import { getField, isArray, isObject } from "../../schema/json.ts";
import type { SchemaNode } from "../../schema/schema-node.ts";
import { keyElement, type PathElement, valueElement } from "./path-element.ts";

/**
 * A schema node as merging sees it. `node` is undefined where a value has no schema: there objects merge field by field and
 * lists are taken whole.
 */
export interface TypeView {
  readonly node: SchemaNode | undefined;
  /** Some node above keeps unknown fields, so that fields without a schema are of a deduced type. */
  readonly keepsUnknown: boolean;
}

export type Shape = "scalar" | "list" | "map";

export const deduced: TypeView = { node: undefined, keepsUnknown: true };

export function viewOf(node: SchemaNode | undefined, parent?: TypeView): TypeView {
  // Built-in types inside a resource, such as the metadata of an embedded one, know all their fields.
  const inherits = node?.definition === undefined && parent?.keepsUnknown === true;
  return { node, keepsUnknown: node?.preserveUnknownFields === true || inherits };
}

/** What a value of this type is. Null takes the declared form. */
export function shapeOf({ node }: TypeView, value: unknown): Shape {
  if (isObject(value) && (node?.type === undefined || node.type === "object") && node?.format !== "quantity")
    return "map";
  if (isArray(value) && (node?.type === undefined || node.type === "array")) return "list";
  if (value !== null && value !== undefined) return "scalar";
  if (node?.type === "array") return "list";
  return node?.type === undefined || node.type === "object" ? "map" : "scalar";
}

/** Undefined: the field is not declared. */
export function fieldView(view: TypeView, name: string): TypeView | undefined {
  const { node } = view;
  if (node === undefined) return deduced;
  const child = node.properties?.get(name) ?? node.additionalProperties;
  if (child !== undefined) return viewOf(child, view);
  return view.keepsUnknown || node.properties === undefined ? deduced : undefined;
}

export function isDeclared({ node }: TypeView, name: string): boolean {
  return node?.properties?.has(name) === true;
}

export function itemView(view: TypeView): TypeView {
  return viewOf(view.node?.items, view);
}

export function isAtomic({ node }: TypeView, shape: Shape): boolean {
  if (shape === "map") return node?.mapType === "atomic";
  if (shape === "scalar") return true;
  return listKind(node) === "atomic";
}

/** Lists of built-in kinds without a list type follow their patch strategy, as older definitions do. */
function listKind(node: SchemaNode | undefined): "atomic" | "set" | "map" {
  if (node?.listType !== undefined) return node.listType;
  if (node?.patchStrategy?.includes("merge") === true) return node.patchMergeKey === undefined ? "set" : "map";
  return "atomic";
}

/** The step that names an item of a set or of a list of type map; a text that says what is wrong when none can. */
export function itemElement({ node }: TypeView, item: unknown): PathElement | { readonly error: string } {
  if (listKind(node) === "set") {
    if (isObject(item)) return { error: "associative list without keys has an element that's a map type" };
    if (isArray(item)) return { error: "not supported: associative list with lists as elements" };
    if (item === null) return { error: "associative list without keys has an element that's an explicit null" };
    return valueElement(item);
  }
  if (item === null) return { error: "associative list with keys may not have a null element" };
  if (!isObject(item)) return { error: "associative list with keys may not have non-map elements" };
  const names = node?.listMapKeys ?? (node?.patchMergeKey === undefined ? [] : [node.patchMergeKey]);
  const keys: Record<string, unknown> = {};
  for (const name of names) {
    const value = getField(item, name) ?? keyDefault(node, name);
    if (value !== undefined) keys[name] = value;
  }
  if (names.length > 0 && Object.keys(keys).length === 0) {
    const quoted = names.map((name) => JSON.stringify(name)).join(" ");
    return {
      error: `associative list with keys has an element that omits all key fields [${quoted}] (and doesn't have default values for any key fields)`,
    };
  }
  return keyElement(keys);
}

function keyDefault(node: SchemaNode | undefined, name: string): unknown {
  return node?.items?.properties?.get(name)?.default;
}
