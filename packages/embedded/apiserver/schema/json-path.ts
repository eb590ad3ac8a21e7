/** A JSONPath as kubectl and CRD columns use it, compiled. */
export interface JsonPath {
  /** All values found; none when a field on the way is missing. */
  find(root: unknown): unknown[];
}

/** Takes `.spec.replicas` and `{.spec.replicas}`. Throws JsonPathError on bad syntax. */
export function compileJsonPath(_path: string): JsonPath {
  throw new Error("not implemented");
}

export class JsonPathError extends Error {}
