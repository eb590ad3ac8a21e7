import type { GroupVersionKind, SchemaNode } from "./schema-node.ts";

/** The built-in kinds that Keelson serves. Tables are loaded per group on first use. */
export interface BuiltinSchemas {
  get(kind: GroupVersionKind): SchemaNode | undefined;
  /** By the definition's name: `io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`. */
  definition(name: string): SchemaNode | undefined;
  /** Every kind with a table, in no particular order. */
  kinds(): readonly GroupVersionKind[];
}

export const builtinSchemas: BuiltinSchemas = {
  get: () => undefined,
  definition: () => undefined,
  kinds: () => [],
};
