import type { SchemaNode } from "./schema-node.ts";

/** One definition of a table, with its fields parsed when somebody looks. */
export interface Definition {
  /** `io.k8s.api.core.v1.Pod` */
  readonly name: string;
  readonly node: SchemaNode;
  /** x-kubernetes-unions, as the table has it. */
  readonly unions: unknown;
}

type Facts = { -readonly [Field in keyof SchemaNode]?: SchemaNode[Field] };

/** Types without fields, by the letter of the grammar. */
const letters: Readonly<Record<string, Facts>> = {
  s: { type: "string" },
  y: { type: "string", format: "byte" },
  t: { type: "string", format: "date-time" },
  u: { type: "string", format: "micro-time" },
  q: { format: "quantity" },
  x: { intOrString: true, format: "int-or-string" },
  i: { type: "integer", format: "int32" },
  l: { type: "integer", format: "int64" },
  n: { type: "number", format: "double" },
  b: { type: "boolean" },
  o: { type: "object", preserveUnknownFields: true },
  f: { type: "object", preserveUnknownFields: true, format: "fields" },
  w: { type: "object", preserveUnknownFields: true, mapType: "atomic", format: "raw-extension" },
  a: { preserveUnknownFields: true },
};

/**
 * A field as a table writes it: its type, then attributes, with bars between. Types: a letter (above), `[]T` a list, `{}T` a map,
 * `@Name` a definition of the same table, `@table/Name` of another. Attributes: `r` required, `*` a pointer in Go, `o` left
 * out when empty, `L=` list type with its keys, `M=` map type, `p=` patch strategy, `m=` patch merge key, `e=` enum, `d=` default.
 */
export function parseField(
  text: string,
  definition: (reference: string) => Definition,
): { readonly node: SchemaNode; readonly required: boolean } {
  const [type = "a", ...attributes] = text.split("|");
  const facts: Facts = {};
  let required = false;
  let pointer = false;
  let omitEmpty = false;
  let values: readonly string[] | undefined;
  for (const attribute of attributes) {
    const value = attribute.slice(2);
    if (attribute === "r") required = true;
    else if (attribute === "*") pointer = true;
    else if (attribute === "o") omitEmpty = true;
    else if (attribute.startsWith("L=")) Object.assign(facts, listFacts(value));
    else if (attribute.startsWith("M=")) facts.mapType = value === "atomic" ? "atomic" : "granular";
    else if (attribute.startsWith("p=")) facts.patchStrategy = value.split(",").map(patchStrategy);
    else if (attribute.startsWith("m=")) facts.patchMergeKey = value;
    else if (attribute.startsWith("e=")) values = value.split(",");
    else if (attribute.startsWith("d=")) facts.default = JSON.parse(value);
  }
  facts.omit = pointer ? "absent" : omitEmpty ? "empty" : "never";
  return { node: typeNode(type, facts, { definition, values }), required };
}

interface TypeContext {
  readonly definition: (reference: string) => Definition;
  readonly values: readonly string[] | undefined;
}

function typeNode(type: string, facts: Facts, context: TypeContext): SchemaNode {
  const inner = type.slice(2);
  if (type.startsWith("[]")) return { ...facts, type: "array", items: typeNode(inner, {}, context) };
  if (type.startsWith("{}")) return { ...facts, type: "object", additionalProperties: typeNode(inner, {}, context) };
  if (type.startsWith("@")) return new ReferenceNode(facts, () => context.definition(type.slice(1)));
  const letter = letters[type];
  if (letter === undefined) throw new Error(`unknown type ${type} in a table`);
  return context.values === undefined ? { ...facts, ...letter } : { ...facts, ...letter, enum: context.values };
}

function listFacts(value: string): Facts {
  if (value.startsWith("map:")) return { listType: "map", listMapKeys: value.slice(4).split(",") };
  return { listType: value === "set" ? "set" : "atomic" };
}

function patchStrategy(value: string): "merge" | "replace" | "retainKeys" {
  return value === "merge" || value === "retainKeys" ? value : "replace";
}

/** A field of a defined type: resolved on first use, because types may contain themselves. */
class ReferenceNode implements SchemaNode {
  readonly patchStrategy: SchemaNode["patchStrategy"];
  readonly patchMergeKey: SchemaNode["patchMergeKey"];
  readonly omit: SchemaNode["omit"];
  readonly default: unknown;
  readonly #mapType: SchemaNode["mapType"];
  readonly #resolve: () => Definition;
  #target: SchemaNode | undefined;

  constructor(facts: Facts, resolve: () => Definition) {
    this.patchStrategy = facts.patchStrategy;
    this.patchMergeKey = facts.patchMergeKey;
    this.omit = facts.omit;
    this.default = facts.default;
    this.#mapType = facts.mapType;
    this.#resolve = resolve;
  }

  get #node(): SchemaNode {
    this.#target ??= this.#resolve().node;
    return this.#target;
  }

  get type(): SchemaNode["type"] {
    return this.#node.type;
  }

  get properties(): SchemaNode["properties"] {
    return this.#node.properties;
  }

  get required(): SchemaNode["required"] {
    return this.#node.required;
  }

  get mapType(): SchemaNode["mapType"] {
    return this.#mapType ?? this.#node.mapType;
  }

  get preserveUnknownFields(): SchemaNode["preserveUnknownFields"] {
    return this.#node.preserveUnknownFields;
  }

  get definition(): SchemaNode["definition"] {
    return this.#node.definition;
  }
}
