import type { JsonObject } from "./json.ts";
import type { SchemaNode } from "./schema-node.ts";

export interface Decoded {
  /** A copy without unknown fields, nulls and fields that say nothing, as a Go server would print it. */
  readonly object: JsonObject;
  /** `unknown field "spec.foo"`, in the order of the document. */
  readonly strictErrors: readonly string[];
  /** A value of the wrong type: the request is a 400 with this text. */
  readonly error?: string | undefined;
}

/** Reads an object of a built-in kind as a Go server decodes it into its type. */
export function decodeBuiltin(_object: JsonObject, _schema: SchemaNode): Decoded {
  throw new Error("not implemented");
}
