/** Parsed CEL. Macros are expanded by the parser, so the tree has only these nodes. */
export type Expression =
  | { readonly kind: "literal"; readonly value: LiteralValue; readonly at: number }
  | { readonly kind: "identifier"; readonly name: string; readonly at: number }
  /** `target.field`; `test` for has(target.field), `optional` for `target.?field`. */
  | {
      readonly kind: "select";
      readonly target: Expression;
      readonly field: string;
      readonly test: boolean;
      readonly optional: boolean;
      readonly at: number;
    }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly target?: Expression | undefined;
      readonly args: readonly Expression[];
      readonly at: number;
    }
  | { readonly kind: "list"; readonly items: readonly ListItem[]; readonly at: number }
  | { readonly kind: "map"; readonly entries: readonly MapEntry[]; readonly at: number }
  | Comprehension;

export type LiteralValue = null | boolean | bigint | number | string | Uint8Array | { readonly uint: bigint };

export interface ListItem {
  readonly value: Expression;
  readonly optional: boolean;
}

export interface MapEntry {
  readonly key: Expression;
  readonly value: Expression;
  readonly optional: boolean;
}

/**
 * A macro over a list or map. With `second` the first variable is the index or key and the second the item or value; without
 * it, `first` is the item of a list or the key of a map.
 */
export interface Comprehension {
  readonly kind: "comprehension";
  readonly macro:
    | "all"
    | "exists"
    | "existsOne"
    | "map"
    | "filter"
    | "transformMap"
    | "transformMapEntry"
    | "optMap"
    | "optFlatMap";
  readonly range: Expression;
  readonly first: string;
  readonly second?: string | undefined;
  /** Which elements count; undefined means all. */
  readonly filter?: Expression | undefined;
  /** What each becomes, or the test of all, exists and existsOne. */
  readonly body: Expression;
  readonly at: number;
}

/** A rule that cannot be read or does not fit its types. `at` is the offset in the text. */
export class CelSyntaxError extends Error {
  override readonly name = "CelSyntaxError";
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}
