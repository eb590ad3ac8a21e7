import type { SchemaNode } from "../schema-node.ts";

/** A schema node with the number that stands for it in its parents' keys. */
export interface Interned {
  readonly id: number;
  readonly node: SchemaNode;
  /** The node with apiVersion, kind and metadata filled in wherever an embedded resource is; mostly `node` itself. */
  readonly typed: SchemaNode;
}

/**
 * Equal sub-schemas become one object: CRDs repeat whole Pod specs dozens of times, within a file and across files. Two nodes
 * are equal when their own facts and the numbers of their children are. A node lives as long as some CRD uses it.
 */
const known = new Map<string, WeakRef<Interned>>();
const dropped = new FinalizationRegistry<string>((key) => {
  if (known.get(key)?.deref() === undefined) known.delete(key);
});
/** Nodes stay, and not what is told of them here: without this an equal node would soon be made beside one that is still used. */
const told = new WeakMap<SchemaNode, Interned>();
let nextId = 1;

/** `key` must name all that `build` makes. */
export function intern(key: string, build: (id: number) => Interned): Interned {
  const found = known.get(key)?.deref();
  if (found !== undefined) return found;
  const made = build(nextId++);
  known.set(key, new WeakRef(made));
  told.set(made.node, made);
  dropped.register(made, key);
  return made;
}
