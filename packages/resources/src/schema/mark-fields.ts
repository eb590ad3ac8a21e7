/** Adds a sentence to the descriptions of some fields of a schema. */
import type { TSchema } from "typebox";

type Node = TSchema & {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly title?: string;
};

/** Schemas are shared between places: a copy, never a change. */
function withKeyword(schema: Node, keyword: string, value: unknown): Node {
  const copy = Object.create(Object.getPrototypeOf(schema), Object.getOwnPropertyDescriptors(schema)) as Node;
  Object.defineProperty(copy, keyword, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

function marked(schema: Node, segments: readonly string[], sentence: string): Node {
  const [segment, ...rest] = segments;
  if (segment === undefined) {
    return withKeyword(schema, "description", [schema.description, sentence].filter((text) => text).join(" "));
  }
  const name = segment.replace("[]", "");
  const inner = schema.properties?.[name];
  // Below a field of any content, and inside a type of Kubernetes, there is nothing of ours to describe.
  if (inner === undefined) return schema;
  const replaced =
    name !== segment && inner.items !== undefined
      ? withKeyword(inner, "items", marked(inner.items, rest, sentence))
      : marked(inner, rest, sentence);
  return withKeyword(schema, "properties", { ...schema.properties, [name]: replaced });
}

/** The schema with the sentence after the description of each field named: `instances[].initContainer`. */
export function markFields<T extends TSchema>(schema: T, paths: readonly string[], sentence: string): T {
  return paths.reduce<Node>((all, path) => marked(all, path.split("."), sentence), schema as Node) as unknown as T;
}
